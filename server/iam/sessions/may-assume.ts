import type { Call } from "../../kernel/call.ts";
import type { Arn } from "../../kernel/names.ts";
import type { IamEntityRow } from "../../platform/metadata/iam-schema.ts";
import type { Authorizer, GuardedResource } from "../../policies/authorizer.ts";
import { compilePolicy, type CompiledPolicy } from "../../policies/compile.ts";
import type { DecidedRequest } from "../../policies/decision-report.ts";
import { parsePolicyDocument } from "../../policies/document.ts";
import { evaluate } from "../../policies/evaluate.ts";
import { holdPrincipals } from "../../policies/hold-principals.ts";
import { NO_POLICIES } from "../../policies/policy-sets.ts";
import type { OutsidePrincipal } from "../../policies/request.ts";
import type { AssumeContext } from "./assume-context.ts";
import type { RoleArn } from "./find-role.ts";

/** What somebody would do to a role. All of the actions must be allowed, such as `sts:AssumeRole` and `sts:TagSession`. */
interface AssumeQuestion {
  readonly actions: readonly string[];
  readonly context: AssumeContext;
}

/** A role that is asked for by its ARN, and may not be there. */
export interface WantedRole extends RoleArn {
  readonly role: IamEntityRow | undefined;
}

/**
 * May the caller become a session of this role? The role's trust policy has to allow it; where that names the caller's account
 * only, or the caller is of another account, its own policies have to as well. A role that is not there trusts nobody, so that a
 * denial tells nothing of whether it is.
 */
export async function mayAssume(
  authorizer: Authorizer,
  call: Call,
  wanted: WantedRole,
  { actions, context }: AssumeQuestion,
): Promise<boolean> {
  const guarded = guardOf(wanted);
  for (const action of actions) {
    const decision = await authorizer.decideOn(call, { action, resource: wanted.arn as Arn, context }, guarded);
    if (!decision.allowed) return false;
  }
  return wanted.role !== undefined;
}

/** The role as the authorizer asks about it, with its trust policy. */
export function guardOf({ role, arn, account }: WantedRole): GuardedResource {
  const policy = trustOf(role ?? STAND_IN, arn);
  return { account, policy: role === undefined ? { ...policy, statements: [] } : policy };
}

/** Read and compiled in the place of a role that is not there, so that the time does not tell. */
const STAND_IN = {
  trust_ids: null,
  trust_policy: JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: "000000000000" }, Action: "sts:AssumeRole" }],
  }),
};

/**
 * The same for whoever brings a token of a provider, and so has no policies but the role's trust policy. `denied` hears of the
 * first action that is not allowed.
 */
export function mayFederate(
  principal: OutsidePrincipal,
  wanted: WantedRole,
  { actions, context }: AssumeQuestion,
  denied: (decided: Pick<DecidedRequest, "request" | "policies">) => void,
): boolean {
  const { account, policy } = guardOf(wanted);
  const policies = { ...NO_POLICIES, resource: [policy], resourceMustAllow: true };
  const keys = new Map(Object.entries(context));
  for (const action of actions) {
    const resource = wanted.arn as Arn;
    const request = { principal, action, resource, resourceAccount: account, context: (key: string) => keys.get(key) };
    if (evaluate(request, policies).allowed) continue;
    denied({ request, policies });
    return false;
  }
  return wanted.role !== undefined;
}

/** IAM: whom a trust policy names is held by the unique id that it had when the policy was set. (IAM User Guide, Principal) */
function trustOf(role: Pick<IamEntityRow, "trust_ids" | "trust_policy">, name: string): CompiledPolicy {
  const ids = new Map(Object.entries(JSON.parse(role.trust_ids ?? "{}") as Record<string, string>));
  const document = holdPrincipals(parsePolicyDocument(role.trust_policy ?? ""), (arn) => ids.get(arn));
  return compilePolicy(document, { type: "role-trust", name });
}
