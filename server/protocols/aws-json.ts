import type { BodyHash, Claim } from "../identity/claim-request.ts";
import type { Identity } from "../identity/identity.ts";
import { ERRORS, type ErrorCode, RegistryError, wireName } from "../kernel/errors.ts";
import { parseJson } from "../kernel/json.ts";
import { JSON_BODIES_BYTES_MAX, JSON_BODY_BYTES_DEFAULT, JSON_DEPTH_MAX, UNVERIFIED_BODIES_BYTES_MAX } from "../kernel/limits.ts";
import type { Operation } from "../kernel/operation.ts";
import { read } from "../kernel/shape.ts";
import { readBody } from "./body.ts";
import { createBodyRoom } from "./body-room.ts";
import type { BodySpool } from "./body-spool.ts";
import type { ResolvedHost } from "./hosts.ts";
import type { HttpExchange } from "./http.ts";
import { createIntake } from "./intake.ts";
import { invoke, type InvokeDeps } from "./invoke.ts";
import type { HostHandler } from "./router.ts";

export interface AwsJsonDeps extends InvokeDeps {
  readonly identity: Identity;
  /** For large bodies. */
  readonly spool: BodySpool;
  /** By the service's name in a credential scope, such as `ecr`. */
  readonly services: Readonly<Record<string, AwsJsonService>>;
}

export interface AwsJsonService {
  /** What stands before the last dot of X-Amz-Target. */
  readonly targetPrefix: string;
  readonly operations: readonly Operation[];
  /** How this service spells the errors that ours call otherwise. */
  readonly errorNames?: Partial<Record<ErrorCode, string>>;
}

/** A service with its operations by name. */
interface Entry {
  readonly service: string;
  readonly operations: ReadonlyMap<string, Operation>;
  readonly errorNames: Partial<Record<ErrorCode, string>>;
}

type Run = (input: unknown) => Promise<object>;

/** How much of a made-up name an error repeats. */
const QUOTED_LENGTH_MAX = 128;

/** AWS's JSON protocols 1.0 and 1.1: one path, the operation in X-Amz-Target, JSON both ways. */
export function createAwsJson(deps: AwsJsonDeps): HostHandler {
  const { identity, services, spool } = deps;
  const intake = createIntake(UNVERIFIED_BODIES_BYTES_MAX);
  const room = createBodyRoom(JSON_BODIES_BYTES_MAX);
  const entries = new Map<string, Entry>();
  for (const [service, { targetPrefix, operations, errorNames = {} }] of Object.entries(services)) {
    entries.set(targetPrefix, { service, operations: new Map(operations.map((it) => [it.name, it])), errorNames });
  }
  /** Runs an operation on its input, once the body that has it is verified. */
  const withInput = async (exchange: HttpExchange, claim: Claim, operation: Operation, run: Run): Promise<object> => {
    const { bodyBytesMax: limit_bytes = JSON_BODY_BYTES_DEFAULT } = operation;
    if (announcedSize(exchange, limit_bytes) <= JSON_BODY_BYTES_DEFAULT) {
      const body = await readBody(exchange, { limit_bytes, intake });
      verify(exchange, claim, body);
      return run(inputOf(operation, body));
    }
    await using spooled = await spool.receive(exchange, limit_bytes);
    verify(exchange, claim, spooled);
    // Only now: nobody is to wait for one who may not be here.
    const asked = { who: claim.principal.account, size_bytes: spooled.size_bytes, signal: exchange.signal };
    return await room.hold(asked, async () => run(inputOf(operation, await spooled.read())));
  };
  return {
    async handle(exchange, host) {
      exchange.note.protocol = "aws-json";
      let errorNames: Entry["errorNames"] = {};
      try {
        const { entry, name } = target(entries, exchange);
        errorNames = entry.errorNames;
        const claim = await claimOf(identity, exchange, host, entry.service);
        const operation = entry.operations.get(name);
        if (operation === undefined) throw unknownOperation(name);
        const run = (input: unknown) => invoke(deps, { exchange, host, claim, operation, input });
        replyJson(exchange, 200, await withInput(exchange, claim, operation, run));
      } catch (error) {
        replyError(exchange, errorNames, exchange.report(error));
      }
    },
  };
}

/** Which operation of which service is meant. The prefix may hold dots, an operation's name never does. */
function target(
  entries: ReadonlyMap<string, Entry>,
  { method, note, query, request }: HttpExchange,
): { entry: Entry; name: string } {
  if (method !== "POST")
    throw new RegistryError("MalformedHttpRequestException", `A request with X-Amz-Target must be a POST, not a ${method}.`);
  const text = String(request.headers["x-amz-target"]);
  const dot = text.lastIndexOf(".");
  const name = text.slice(dot + 1);
  const entry = entries.get(text.slice(0, Math.max(dot, 0)));
  if (entry !== undefined) {
    if (entry.operations.has(name)) note.action = `${entry.service}:${name}`;
    return { entry, name };
  }
  // A service that we do not have cannot say which scope is right for it, so its signatures are not looked into.
  if (request.headers.authorization === undefined && !query.includes("X-Amz-Signature=")) {
    throw new RegistryError("MissingAuthenticationTokenException", "Missing Authentication Token");
  }
  throw unknownOperation(text);
}

/** Checks what the headers say before the body is read, so that a stranger cannot make us hold a large one. */
async function claimOf(identity: Identity, exchange: HttpExchange, host: ResolvedHost, service: string): Promise<Claim> {
  const { method, path, query, request } = exchange;
  const claim = await identity.claim({
    method,
    path,
    query,
    rawHeaders: request.rawHeaders,
    services: [service],
    protocol: "json",
  });
  if (host.region !== undefined && host.region !== claim.region) {
    throw new RegistryError("InvalidSignatureException", `Credential should be scoped to a valid Region, not '${claim.region}'.`);
  }
  return claim;
}

/** The most that a request's body can come to, in bytes. */
function announcedSize({ request }: HttpExchange, limit_bytes: number): number {
  const announced = request.headers["content-length"];
  return announced === undefined ? limit_bytes : Math.min(Number(announced), limit_bytes);
}

function verify({ note }: HttpExchange, claim: Claim, body: Uint8Array | BodyHash): void {
  claim.verify(body);
  note.account = claim.principal.account;
}

/** The input in a body. A function of its own: body and text are large, and are done with when it returns. */
function inputOf(operation: Operation, body: Buffer): unknown {
  return read(operation.input, parseBody(body));
}

function parseBody(body: Buffer): unknown {
  if (body.length === 0) return {};
  const parsed = parseJson(body, JSON_DEPTH_MAX);
  if (parsed === undefined)
    throw new RegistryError("SerializationException", "The request body is not JSON of a sensible depth.");
  return parsed.value;
}

function unknownOperation(name: string): RegistryError {
  return new RegistryError("UnknownOperationException", `Could not find operation ${name.slice(0, QUOTED_LENGTH_MAX)}.`);
}

function replyJson(exchange: HttpExchange, status: number, body: object, ...headers: readonly string[]): void {
  // A client of JSON 1.0 expects its own version back.
  const asked = exchange.request.headers["content-type"] ?? "";
  const version = asked.startsWith("application/x-amz-json-1.0") ? "1.0" : "1.1";
  exchange.reply(status, ["content-type", `application/x-amz-json-${version}`, ...headers], JSON.stringify(body));
}

function replyError(exchange: HttpExchange, errorNames: Entry["errorNames"], error: RegistryError): void {
  const name = errorNames[error.code] ?? wireName(error.code);
  const body = { __type: name, message: error.message, ...error.detail };
  replyJson(exchange, ERRORS[error.code].status, body, "x-amzn-errortype", name);
}
