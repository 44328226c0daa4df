import type { Call } from "../../kernel/call.ts";
import type { AccountId } from "../../kernel/names.ts";
import type { IamEntityRow } from "../../platform/metadata/iam-schema.ts";
import type { Authorizer } from "../../policies/authorizer.ts";
import { compilePolicy, type CompiledPolicy } from "../../policies/compile.ts";
import { parsePolicyDocument } from "../../policies/document.ts";
import { evaluate } from "../../policies/evaluate.ts";
import { holdPrincipals } from "../../policies/hold-principals.ts";
import { NO_POLICIES } from "../../policies/policy-sets.ts";
import { entityArn } from "../entities.ts";
import type { AssumeContext } from "./assume-context.ts";

/** What somebody would do to a role. All of the actions must be allowed, such as `sts:AssumeRole` and `sts:TagSession`. */
export interface AssumeQuestion {
  readonly role: IamEntityRow;
  readonly actions: readonly string[];
  readonly context: AssumeContext;
}

/**
 * May the caller become a session of this role? The role's trust policy has to allow it; where that names the caller's account
 * only, or the caller is of another account, its own policies have to as well.
 */
export async function mayAssume(
  authorizer: Authorizer,
  call: Call,
  { role, actions, context }: AssumeQuestion,
): Promise<boolean> {
  const guarded = { account: role.account as AccountId, policy: trustOf(role) };
  for (const action of actions) {
    const decision = await authorizer.decideOn(call, { action, resource: entityArn(role), context }, guarded);
    if (!decision.allowed) return false;
  }
  return true;
}

/** The same for whoever brings a token of a provider (its ARN), and so has no policies but the role's trust policy. */
export function mayFederate(provider: string, { role, actions, context }: AssumeQuestion): boolean {
  const principal = { type: "federated" as const, name: provider };
  const resource = entityArn(role);
  const request = { principal, resource, resourceAccount: role.account as AccountId, context: (key: string) => context[key] };
  const policies = { ...NO_POLICIES, resource: [trustOf(role)], resourceMustAllow: true };
  return actions.every((action) => evaluate({ ...request, action }, policies).allowed);
}

/**
 * A role's trust policy, ready to be asked. IAM: whom it names is held by the unique id that it had when the policy was set. (IAM
 * User Guide, Principal)
 */
export function trustOf(role: IamEntityRow): CompiledPolicy {
  const ids = new Map(Object.entries(JSON.parse(role.trust_ids ?? "{}") as Record<string, string>));
  const document = holdPrincipals(parsePolicyDocument(role.trust_policy ?? ""), (arn) => ids.get(arn));
  return compilePolicy(document, { type: "role-trust", name: entityArn(role) });
}
