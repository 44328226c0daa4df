import { type Answer, askPolicies, questionOf } from "./ask-policies.ts";
import type { CompiledPolicy, PolicyType } from "./compile.ts";
import { allowedBy, type Decision, explicitlyDenied, notAllowed } from "./decision.ts";
import type { ControlPolicies, PolicySets } from "./policy-sets.ts";
import { type AccessRequest, roleArnOf } from "./request.ts";

/** Policies that are asked together: one of their statements has to allow. */
export interface Layer {
  readonly type: PolicyType;
  readonly policies: readonly CompiledPolicy[];
}

/** The layers of a request, by how they take part in its decision. */
export interface Layers {
  /** Above everything else, for everybody: policies of organizations, the scope of a token. */
  readonly ceilings: readonly Layer[];
  readonly resource: Layer;
  readonly identity: Layer;
  /** Of what the principal is given: its boundary, its session. */
  readonly limits: readonly Layer[];
}

/**
 * IAM's decision, pure: a Deny anywhere wins, then an Allow is needed, and without one the answer is no. Within an account
 * either side may allow; across accounts both must. (IAM User Guide, policy evaluation logic)
 */
export function evaluate(request: AccessRequest, policies: PolicySets): Decision {
  const layers = layersOf(request, policies);
  const question = questionOf(request);
  const ask = (layer: Layer): Answer => askPolicies(layer.policies, question);
  const ceilings = layers.ceilings.map(ask);
  const resource = ask(layers.resource);
  const identity = ask(layers.identity);
  const limits = layers.limits.map(ask);

  const denial = [...ceilings, resource, identity, ...limits].find(({ deny }) => deny !== undefined)?.deny;
  if (denial !== undefined) return explicitlyDenied(denial);
  const silentCeiling = firstSilent(layers.ceilings, ceilings);
  if (silentCeiling !== undefined) return notAllowed(silentCeiling, request.action);

  const own = ownSide(request, identity, firstSilent(layers.limits, limits));
  const { type } = layers.resource;
  return bothSides(request, own, { type, answer: resource, mustAllow: policies.resourceMustAllow === true });
}

/** The layers of a request. Explaining a decision walks the same ones. */
export function layersOf({ principal }: AccessRequest, policies: PolicySets): Layers {
  const { identity, boundary, session, tokenScope, resource, serviceControl, resourceControl } = policies;
  // IAM: the roles that services made for themselves are beyond the organization. (Organizations User Guide, SCPs and RCPs)
  const isServiceLinked = roleArnOf(principal)?.split(":")[5]?.startsWith(SERVICE_ROLES) === true;
  const levels = (type: PolicyType, control: ControlPolicies | undefined): readonly Layer[] =>
    control === undefined || control.isManagementAccount || isServiceLinked
      ? []
      : control.levels.map((it) => ({ type, policies: it }));
  const layer = (type: PolicyType, asked: readonly CompiledPolicy[] | undefined): readonly Layer[] =>
    asked === undefined ? [] : [{ type, policies: asked }];
  return {
    ceilings: [
      ...levels("resource-control", resourceControl),
      ...levels("service-control", serviceControl),
      ...layer("session", tokenScope),
    ],
    resource: { type: resource[0]?.type ?? "resource", policies: resource },
    identity: { type: "identity", policies: identity },
    limits: [...layer("permissions-boundary", boundary && [boundary]), ...layer("session", session)],
  };
}

function firstSilent(layers: readonly Layer[], answers: readonly Answer[]): PolicyType | undefined {
  return layers.find((_, at) => answers[at]?.allow === undefined)?.type;
}

/** IAM: nobody else can make a role under this path. (IAM User Guide, service-linked roles) */
const SERVICE_ROLES = "role/aws-service-role/";
const ROOT: Decision = { allowed: true, because: "the root user may do all in its own account" };

/** What the principal's own policies say, and what limits them. */
interface OwnSide {
  readonly decision: Decision;
  readonly limit: PolicyType | undefined;
}

/** What the resource's own policies say. */
interface ResourceSide {
  readonly type: PolicyType;
  readonly answer: Answer;
  /** Is it needed even where the principal is of the same account? */
  readonly mustAllow: boolean;
}

function ownSide({ principal, action }: AccessRequest, identity: Answer, limit: PolicyType | undefined): OwnSide {
  const isRoot = principal.type === "root";
  if (!isRoot && identity.allow === undefined) return { decision: notAllowed("identity", action), limit };
  if (limit !== undefined) return { decision: notAllowed(limit, action), limit };
  // Root's own side never needs a policy, in whatever account the resource is.
  return { decision: identity.allow === undefined ? ROOT : allowedBy(identity.allow), limit };
}

/** Puts together what the principal's side and the resource's say. */
function bothSides({ principal, action, resourceAccount }: AccessRequest, own: OwnSide, resource: ResourceSide): Decision {
  const { allow } = resource.answer;
  const granted = allow === undefined ? notAllowed(resource.type, action) : allowedBy(allow);
  if (resourceAccount === undefined) return notAllowed(resource.type, action);
  // A service, or who comes with a token of a provider, has no account and so no side of its own.
  if (principal.account === undefined) return granted;
  if (principal.account === resourceAccount) return sameAccount(action, own, resource, granted);
  return own.decision.allowed ? granted : own.decision;
}

/** IAM: what the grant is worth depends on how it means the principal. (IAM User Guide, evaluation logic within one account) */
function sameAccount(action: string, own: OwnSide, { answer, mustAllow }: ResourceSide, granted: Decision): Decision {
  switch (answer.grip) {
    case undefined:
      return mustAllow ? granted : own.decision;
    case "direct":
      return granted;
    case "role":
      return own.limit === undefined ? granted : notAllowed(own.limit, action);
    case "account":
      return own.decision;
  }
}
