import type { Claim } from "../identity/claim-request.ts";
import type { Call } from "../kernel/call.ts";
import { type AccountId, parseAccountId, parseRepositoryArn } from "../kernel/names.ts";
import type { Operation, UnsignedCall } from "../kernel/operation.ts";
import { invalidParameter } from "../kernel/errors.ts";
import type { Authorizer } from "../policies/authorizer.ts";
import type { ResolvedHost } from "./hosts.ts";
import type { HttpExchange } from "./http.ts";
import type { Rates } from "./rates.ts";

/** A request to an AWS operation whose signature has been verified. */
export interface Invocation {
  readonly exchange: HttpExchange;
  readonly host: ResolvedHost;
  readonly claim: Claim;
  readonly operation: Operation;
  /** What the operation's shape has read, so that nothing of the body is kept that the operation does not need. */
  readonly input: unknown;
}

/** What is asked before an operation runs. */
export interface InvokeDeps {
  readonly authorizer: Authorizer;
  /** Absent: everything may be called as often as anybody likes. */
  readonly rates?: Rates | undefined;
}

/** Counts, authorizes and runs an operation, whichever protocol it came by. Returns its output. */
export async function invoke({ authorizer, rates }: InvokeDeps, invocation: Invocation): Promise<object> {
  const { exchange, host, claim, operation, input } = invocation;
  const { principal, region } = claim;
  // ECR: without a registryId the caller's own registry is meant; the region is the signature's. (API model, registryId)
  const registry = { account: registryIdOf(input) ?? ownerNamedBy(input) ?? principal.account, region };
  const call: Call = Object.assign(unsignedCall(exchange, host), { principal, registry });
  rates?.take(call, operation.name);
  // The type of `input` is known to the row alone: what its shape reads is what its functions take.
  if (operation.asks !== "none") await authorizer.require(call, operation.asks(input as never, call));
  return operation.handle(call, input as never);
}

/** What a request says without a signature. */
export function unsignedCall(exchange: HttpExchange, host: ResolvedHost): UnsignedCall {
  return {
    requestId: exchange.requestId,
    naming: host.naming,
    origin: exchange.origin,
    userAgent: exchange.request.headers["user-agent"] ?? "",
    client: exchange,
  };
}

/** The account of the repository that the input names by its ARN. */
function ownerNamedBy(input: unknown): AccountId | undefined {
  const arn = (input as { readonly resourceArn?: unknown }).resourceArn;
  return typeof arn === "string" ? parseRepositoryArn(arn)?.registry.account : undefined;
}

function registryIdOf(input: unknown): AccountId | undefined {
  const text = (input as { readonly registryId?: unknown }).registryId;
  if (typeof text !== "string") return undefined;
  const account = parseAccountId(text);
  if (account === undefined) throw invalidParameter("registryId", "must satisfy regular expression [0-9]{12}");
  return account;
}
