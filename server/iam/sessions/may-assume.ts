import type { Principal } from "../../kernel/call.ts";
import type { AccountId, Arn } from "../../kernel/names.ts";
import type { IamEntityRow } from "../../platform/metadata/iam-schema.ts";
import { compilePolicy } from "../../policies/compile.ts";
import { parsePolicyDocument } from "../../policies/document.ts";
import { evaluate } from "../../policies/evaluate.ts";
import type { PolicySets } from "../../policies/policy-sets.ts";
import { type OutsidePrincipal, rememberContext, type RequestContext } from "../../policies/request.ts";
import { entityArn } from "../entities.ts";

/** The policies that a principal has, and those that limit it. */
export type PrincipalPolicies = Omit<PolicySets, "resource" | "resourceMustAllow" | "resourceControl">;

/** Reads them, as they are now. */
export type PoliciesOf = (principal: Principal) => Promise<PrincipalPolicies>;

export interface AssumeRequest {
  readonly role: IamEntityRow;
  readonly principal: Principal | OutsidePrincipal;
  /** All of them must be allowed, such as `sts:AssumeRole` and `sts:TagSession`. */
  readonly actions: readonly string[];
  readonly context: RequestContext;
}

/**
 * May this principal become a session of this role? The role's trust policy has to allow it; where that names the principal's
 * account only, or another account's principal, what the principal may do by its own policies has to as well.
 */
export async function mayAssume(policiesOf: PoliciesOf, { role, principal, actions, context }: AssumeRequest): Promise<boolean> {
  if (role.trust_policy === null) return false;
  const resource = entityArn(role);
  const trust = compilePolicy(parsePolicyDocument(role.trust_policy), { type: "role-trust", name: resource });
  const own = isOutside(principal) ? { identity: [] } : await policiesOf(principal);
  const policies = { ...own, resource: [trust], resourceMustAllow: true };
  const request = { principal, resource, resourceAccount: role.account as AccountId, context: rememberContext(context) };
  return actions.every((action) => evaluate({ ...request, action }, policies).allowed);
}

/** Of whoever's policies cannot be read: none, and limits that let nothing through. */
export const noPoliciesOf: PoliciesOf = async ({ type, session, scopePolicy }) => {
  const isNarrowed = session !== undefined && session.policies.length + session.policyArns.length > 0;
  return {
    identity: [],
    session: isNarrowed || type === "federated-user" ? [] : undefined,
    tokenScope: scopePolicy === undefined ? undefined : [],
  };
};

function isOutside(principal: Principal | OutsidePrincipal): principal is OutsidePrincipal {
  return principal.account === undefined;
}

/** The ARN of a session of a role. AWS: it does not have the role's path. */
export function sessionArn({ account, name }: IamEntityRow, sessionName: string): Arn {
  return `arn:aws:sts::${account}:assumed-role/${name}/${sessionName}` as Arn;
}
