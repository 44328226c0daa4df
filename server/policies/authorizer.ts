import type { Call, Principal } from "../kernel/call.ts";
import { RegistryError } from "../kernel/errors.ts";
import { type AccountId, type Arn, parseAccountId } from "../kernel/names.ts";
import type { Ask } from "../kernel/operation.ts";
import type { Decision } from "./decision.ts";
import { evaluate } from "./evaluate.ts";
import { NO_POLICIES } from "./policy-sets.ts";
import type { AccessRequest } from "./request.ts";

/** Answers one question: may you? Asked by the protocols, once for every route and operation, before anything is done. */
export interface Authorizer {
  decide(call: Call, ask: Ask): Promise<Decision>;
  /** All of them must be allowed. Throws AccessDeniedException, with AWS's text, for the first that is not. */
  require(call: Call, asks: readonly Ask[]): Promise<void>;
}

/** For now there are no policies: the root user may do all in its own account, and nobody else may do anything. */
export function createAuthorizer(): Authorizer {
  const decide = async (call: Call, ask: Ask): Promise<Decision> => {
    const { principal } = call;
    const { action, resource } = ask;
    const request: AccessRequest = { principal, action, resource, resourceAccount: ownerOf(call, ask), context: () => undefined };
    return evaluate(request, { ...NO_POLICIES, tokenScope: isNarrowed(principal) ? [] : undefined });
  };

  return {
    decide,
    async require(call, asks) {
      // An operation that asks for nothing says so with "none"; an empty list is a mistake, and fails closed.
      if (asks.length === 0) throw denied(call, "this request, because it names no action");
      for (const ask of asks) {
        const decision = await decide(call, ask);
        if (!decision.allowed) throw denied(call, `${ask.action} on resource: ${ask.resource} ${decision.because}`);
      }
    },
  };
}

/** Nobody reads yet to what a token or a session was narrowed down: so whoever has such a one may do nothing. */
function isNarrowed({ scopePolicy, session }: Principal): boolean {
  return scopePolicy !== undefined || (session !== undefined && session.policies.length + session.policyArns.length > 0);
}

/**
 * Whose resource is asked for. An ARN names it, but the call goes to one registry: where the two disagree, one of them would
 * be decided on and the other worked on, so it is nobody's.
 */
function ownerOf({ registry }: Call, { resource }: Ask): AccountId | undefined {
  if (resource === "*") return registry.account;
  return accountOf(resource) === registry.account ? registry.account : undefined;
}

function accountOf(arn: Arn): AccountId | undefined {
  return parseAccountId(arn.split(":", 5)[4] ?? "");
}

function denied(call: Call, what: string): RegistryError {
  return new RegistryError("AccessDeniedException", `User: ${call.principal.arn} is not authorized to perform: ${what}`);
}
