import type { Principal } from "../kernel/call.ts";
import type { AccountId, Arn } from "../kernel/names.ts";

/** One question to the policies: may this principal do this to that? */
export interface AccessRequest {
  readonly principal: Principal;
  /** Such as `ecr:PutImage`. */
  readonly action: string;
  readonly resource: Arn | "*";
  /** Whose the resource is; undefined when its ARN does not say, which is then nobody's. */
  readonly resourceAccount: AccountId | undefined;
}

/** A statement of a policy document, made ready to be asked. */
export interface Statement {
  readonly effect: "Allow" | "Deny";
  /** What a decision says when it hangs on this statement: its policy and its Sid. */
  readonly name: string;
  /** Principal, action, resource and conditions all together. */
  matches(request: AccessRequest): boolean;
}

/** The statements that apply to a request, by the kind of policy that they come from. */
export interface PolicySets {
  /** Attached to the principal. */
  readonly identity: readonly Statement[];
  /** Attached to the resource: a repository policy, the registry policy. */
  readonly resource: readonly Statement[];
}

/** `because` is the end of the sentence that AWS gives a denied caller, or what allowed it. */
export type Decision =
  | { readonly allowed: true; readonly because: string }
  | { readonly allowed: false; readonly because: string };

export const NO_POLICIES: PolicySets = { identity: [], resource: [] };

const ROOT_IN_ITS_ACCOUNT: Decision = { allowed: true, because: "the root user may do all in its own account" };

/**
 * IAM's decision, pure: a Deny anywhere wins, then an Allow is needed, and without one the answer is no. Within an account
 * either side may allow; across accounts both must. (IAM User Guide, policy evaluation logic)
 */
export function evaluate(request: AccessRequest, policies: PolicySets): Decision {
  const denied = explicitDeny(request, policies);
  if (denied !== undefined) return denied;
  const isOwnAccount = request.resourceAccount === request.principal.account;
  const isRoot = request.principal.type === "root";
  if (isRoot && isOwnAccount) return ROOT_IN_ITS_ACCOUNT;

  const byResource = firstMatch(policies.resource, "Allow", request);
  // Root's own side never needs a policy, in whatever account the resource is.
  const byIdentity = firstMatch(policies.identity, "Allow", request);
  const ownSideAllows = isRoot || byIdentity !== undefined;

  if (isOwnAccount) {
    const by = byIdentity ?? byResource;
    return by === undefined ? notAllowed("identity", request) : { allowed: true, because: by.name };
  }
  if (!ownSideAllows) return notAllowed("identity", request);
  return byResource === undefined ? notAllowed("resource", request) : { allowed: true, because: byResource.name };
}

function explicitDeny(request: AccessRequest, policies: PolicySets): Decision | undefined {
  const kinds = ["identity", "resource"] as const;
  const kind = kinds.find((it) => firstMatch(policies[it], "Deny", request) !== undefined);
  if (kind === undefined) return undefined;
  return { allowed: false, because: `with an explicit deny in ${kind === "identity" ? "an" : "a"} ${kind}-based policy` };
}

function firstMatch(
  statements: readonly Statement[],
  effect: Statement["effect"],
  request: AccessRequest,
): Statement | undefined {
  return statements.find((it) => it.effect === effect && it.matches(request));
}

/** ECR: the text names the kind of policy that was missing. (AWS issue trackers, for ecr:BatchGetImage) */
function notAllowed(kind: "identity" | "resource", { action }: AccessRequest): Decision {
  return { allowed: false, because: `because no ${kind}-based policy allows the ${action} action` };
}
