import type { Claim } from "../identity/claim-request.ts";
import type { Identity } from "../identity/identity.ts";
import type { Principal } from "../kernel/call.ts";
import { ERRORS, type ErrorCode, RegistryError, wireName } from "../kernel/errors.ts";
import {
  QUERY_BODY_BYTES_MAX,
  UNSIGNED_BODIES_BYTES_MAX,
  UNSIGNED_BODY_BYTES_MAX,
  UNSIGNED_BODY_TIME_S_MAX,
  UNVERIFIED_BODIES_BYTES_MAX,
} from "../kernel/limits.ts";
import type { Operation, UnsignedOperation } from "../kernel/operation.ts";
import { readBody } from "./body.ts";
import type { ResolvedHost } from "./hosts.ts";
import type { HttpExchange } from "./http.ts";
import { createIntake, type Intake } from "./intake.ts";
import { invoke, type InvokeDeps, unsignedCall } from "./invoke.ts";
import { parseQuery, type QueryNode } from "./query-input.ts";
import { readInput } from "./read-input.ts";
import type { HostHandler } from "./router.ts";
import { xmlDocument, xmlElement } from "./xml.ts";

export interface AwsQueryDeps extends InvokeDeps {
  readonly identity: Identity;
  /** By the service's name in a credential scope, such as `sts`. */
  readonly services: Readonly<Record<string, AwsQueryService>>;
}

export interface AwsQueryService {
  /** What the Version parameter must be, such as `2011-06-15`. */
  readonly version: string;
  /** Of the XML in the answers. */
  readonly namespace: string;
  readonly operations: readonly Operation[];
  /** Those that are called without a signature. */
  readonly unsigned?: readonly UnsignedOperation[];
  /** Throws where a principal cannot call an operation, whatever policies say. */
  checkReach?(principal: Principal, operation: string): void;
}

/** What the parameters ask for, once they are believed. */
interface Request {
  readonly exchange: HttpExchange;
  readonly host: ResolvedHost;
  readonly claim: Claim;
  readonly service: AwsQueryService;
  readonly parameters: QueryNode;
}

/** How the query services spell the errors that JSON services know under other names. (IAM and STS API reference, Common Errors) */
const QUERY_ERRORS: Partial<Record<ErrorCode, { readonly status: number; readonly code: string }>> = {
  AccessDeniedException: { status: 403, code: "AccessDenied" },
  ExpiredTokenException: { status: 403, code: "ExpiredToken" },
  IncompleteSignatureException: { status: 400, code: "IncompleteSignature" },
  InvalidParameterException: { status: 400, code: "ValidationError" },
  InvalidSignatureException: { status: 403, code: "SignatureDoesNotMatch" },
  MissingAuthenticationTokenException: { status: 403, code: "MissingAuthenticationToken" },
  SerializationException: { status: 400, code: "ValidationError" },
  ServerException: { status: 500, code: "InternalFailure" },
  ThrottlingException: { status: 400, code: "Throttling" },
  UnknownOperationException: { status: 400, code: "InvalidAction" },
  UnrecognizedClientException: { status: 403, code: "InvalidClientTokenId" },
  ValidationException: { status: 400, code: "ValidationError" },
};
/** Of an error that belongs to no service that we have. */
const FAULT_NAMESPACE = "http://webservices.amazon.com/AWSFault/2005-15-09";
const QUOTED_LENGTH_MAX = 128;
const XML = ["content-type", "text/xml"];

/** AWS's query protocol: parameters in a form or in the query string, XML back. */
export function createAwsQuery(deps: AwsQueryDeps): HostHandler {
  // Strangers have an intake of their own: whoever at least names a key does not have to share with them.
  const strangers = createIntake(UNSIGNED_BODIES_BYTES_MAX);
  const authenticating: Authenticating = { ...deps, intake: createIntake(UNVERIFIED_BODIES_BYTES_MAX) };
  return {
    async handle(exchange, host) {
      exchange.note.protocol = "aws-query";
      let namespace = FAULT_NAMESPACE;
      try {
        const unsigned = isSigned(exchange) ? undefined : await findUnsigned(deps, exchange, strangers);
        const request = unsigned ?? (await authenticate(authenticating, exchange, host));
        namespace = request.service.namespace;
        const answer = "claim" in request ? await run(deps, request) : await runUnsigned(exchange, host, request);
        exchange.reply(200, XML, answer);
      } catch (error) {
        replyError(exchange, namespace, exchange.report(error));
      }
    },
  };
}

/** A request for an operation that needs no signature. */
interface UnsignedRequest {
  readonly name: string;
  readonly service: AwsQueryService;
  readonly operation: UnsignedOperation;
  readonly parameters: QueryNode;
}

/** Reads what is asked for without a signature; undefined for anything that needs one. */
async function findUnsigned(
  { services }: AwsQueryDeps,
  exchange: HttpExchange,
  intake: Intake,
): Promise<UnsignedRequest | undefined> {
  const bounds = { limit_bytes: UNSIGNED_BODY_BYTES_MAX, time_s_max: UNSIGNED_BODY_TIME_S_MAX, intake };
  const parameters = parametersOf(exchange, await readBody(exchange, bounds));
  const [action, version] = [valueOf(parameters, "Action"), valueOf(parameters, "Version")];
  for (const [name, service] of Object.entries(services)) {
    const operation = service.unsigned?.find((it) => it.name === action);
    if (operation !== undefined && service.version === version) return { name, service, operation, parameters };
  }
  return undefined;
}

async function runUnsigned(exchange: HttpExchange, host: ResolvedHost, request: UnsignedRequest): Promise<string> {
  const { name, service, operation, parameters } = request;
  exchange.note.action = `${name}:${operation.name}`;
  const input = readInput(operation.input, parameters);
  const output = await operation.handle(unsignedCall(exchange, host), input as never);
  return envelope(exchange, service, operation.name, output);
}

interface Authenticating extends AwsQueryDeps {
  /** What bodies share whose signatures are still to be looked into. */
  readonly intake: Intake;
}

/** Who asks, and for what. The head is checked before the body is read, and nothing of the body is used unverified. */
async function authenticate(deps: Authenticating, exchange: HttpExchange, host: ResolvedHost): Promise<Request> {
  const { method, note } = exchange;
  if (method !== "GET" && method !== "POST") {
    throw new RegistryError("MalformedHttpRequestException", `A query request must be a GET or a POST, not a ${method}.`);
  }
  const scoped = scopeService(exchange);
  const isOurs = scoped === undefined || Object.hasOwn(deps.services, scoped);
  // A scope that cannot be read is left to identity, which knows what to say of it.
  const claim = isOurs ? await claimOf(deps, exchange) : undefined;
  const parameters = await readParameters(exchange, deps.intake, claim);
  const service = claim === undefined ? undefined : deps.services[claim.service];
  // The signature for a service that we do not have is not looked into: there is nothing that it could open.
  if (claim === undefined || service === undefined) throw unfit(deps, parameters);
  note.account = claim.principal.account;
  return { exchange, host, claim, service, parameters };
}

async function run(deps: AwsQueryDeps, { exchange, host, claim, service, parameters }: Request): Promise<string> {
  const action = valueOf(parameters, "Action");
  const isVersion = valueOf(parameters, "Version") === service.version;
  const operation = isVersion ? service.operations.find(({ name }) => name === action) : undefined;
  const unsigned = isVersion ? service.unsigned?.find(({ name }) => name === action) : undefined;
  // A signature that is not needed does no harm.
  if (unsigned !== undefined)
    return runUnsigned(exchange, host, { name: claim.service, service, operation: unsigned, parameters });
  if (operation === undefined) throw unfit(deps, parameters);
  exchange.note.action = `${claim.service}:${operation.name}`;
  service.checkReach?.(claim.principal, operation.name);
  const input = readInput(operation.input, parameters);
  const output = await invoke(deps, { exchange, host, claim, operation, input });
  return envelope(exchange, service, operation.name, output);
}

function envelope({ requestId }: HttpExchange, { namespace }: AwsQueryService, name: string, output: object): string {
  const result = xmlElement(`${name}Result`, output);
  return xmlDocument(`${name}Response`, namespace, result + xmlElement("ResponseMetadata", { RequestId: requestId }));
}

/** The parameters of a body that is verified, where there is a claim, before anything of it is looked at. */
async function readParameters(exchange: HttpExchange, intake: Intake, claim?: Claim): Promise<QueryNode> {
  const body = await readBody(exchange, { limit_bytes: QUERY_BODY_BYTES_MAX, intake });
  claim?.verify(body);
  return parametersOf(exchange, body);
}

function parametersOf(exchange: HttpExchange, body: Buffer): QueryNode {
  return parseQuery(exchange.method === "POST" && body.length > 0 ? body.toString("utf8") : exchange.query);
}

/** Does a request say that it is signed, in whatever way? Then nothing is done for it unless the signature is right. */
function isSigned({ query, request }: HttpExchange): boolean {
  return request.headers.authorization !== undefined || query.includes("X-Amz-");
}

function claimOf({ identity, services }: AwsQueryDeps, { method, path, query, request }: HttpExchange): Promise<Claim> {
  return identity.claim({
    method,
    path,
    query,
    rawHeaders: request.rawHeaders,
    services: Object.keys(services),
    protocol: "query",
  });
}

/** The service in the credential scope, if there is a scope: `AKIA…/20261121/us-east-1/sts/aws4_request`. */
function scopeService({ query, request }: HttpExchange): string | undefined {
  const header = /Credential=([^,\s]+)/.exec(request.headers.authorization ?? "")?.[1];
  const credential = header ?? new URLSearchParams(query).get("X-Amz-Credential");
  return credential?.split("/")[3];
}

function valueOf(parameters: QueryNode, name: string): string {
  return (parameters.children.get(name)?.value ?? "").slice(0, QUOTED_LENGTH_MAX);
}

/** Nothing that the service of the scope has: another one's, or nobody's. */
function unfit({ services }: AwsQueryDeps, parameters: QueryNode): RegistryError {
  const [action, version] = [valueOf(parameters, "Action"), valueOf(parameters, "Version")];
  for (const [name, service] of Object.entries(services)) {
    if (service.version !== version || !service.operations.some((it) => it.name === action)) continue;
    return new RegistryError("InvalidSignatureException", `Credential should be scoped to correct service: '${name}'.`);
  }
  return new RegistryError("UnknownOperationException", `Could not find operation ${action} for version ${version}`);
}

function replyError(exchange: HttpExchange, namespace: string, error: RegistryError): void {
  const { status, code } = QUERY_ERRORS[error.code] ?? { status: ERRORS[error.code].status, code: wireName(error.code) };
  const fault = xmlElement("Error", { Type: status < 500 ? "Sender" : "Receiver", Code: code, Message: error.message });
  const body = fault + xmlElement("RequestId", exchange.requestId);
  exchange.reply(status, XML, xmlDocument("ErrorResponse", namespace, body));
}
