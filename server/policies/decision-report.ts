import type { AccountId, Arn } from "../kernel/names.ts";
import type { PolicyType } from "./compile.ts";
import type { Decision, StatementName } from "./decision.ts";
import { explain, type ExplainedStatement } from "./explain.ts";
import type { PolicySets } from "./policy-sets.ts";
import type { AccessRequest, RequestPrincipal } from "./request.ts";

/** A decision, and all that led to it, as it is told to people. It holds no secret of anybody. */
export interface DecisionReport {
  /** Absent for a request that nobody has made. */
  readonly requestId?: string;
  readonly decided_ms: number;
  /** An ARN, or the name of a service; of a token's bearer the provider, the audience and the subject, with `:` between. */
  readonly principal: string;
  /** Undefined for whoever belongs to no account. */
  readonly principalAccount: AccountId | undefined;
  readonly action: string;
  readonly resource: Arn | "*";
  readonly resourceAccount: AccountId | undefined;
  readonly outcome: DecisionWord;
  readonly decision: Decision;
  readonly statements: readonly ExplainedStatement[];
  /** The condition keys that policies looked at. A key that the request does not have has no values. */
  readonly context: Readonly<Record<string, readonly string[]>>;
  /** Statements that there was no room for, by whose policies they are in. */
  readonly leftOut: Readonly<Record<Side, number>>;
}

/** Whose a policy is: the account of the principal has its own, and the account of the resource those that are on it. */
export type Side = "principal" | "resource";

const ON_RESOURCES: ReadonlySet<PolicyType> = new Set<PolicyType>(["resource", "role-trust", "resource-control"]);

export function sideOf(type: PolicyType): Side {
  return ON_RESOURCES.has(type) ? "resource" : "principal";
}

/** IAM's words for the three ways in which a decision can go. (API model, PolicyEvaluationDecisionType) */
export type DecisionWord = "allowed" | "explicitDeny" | "implicitDeny";

/** A request and the policies that it was decided by. */
export interface DecidedRequest {
  readonly requestId?: string | undefined;
  readonly decided_ms: number;
  readonly request: AccessRequest;
  readonly policies: PolicySets;
}

/** What one who trusts another account says to it, and nobody else is to hear. (IAM User Guide, external ids) */
const KEPT_SECRET: ReadonlySet<string> = new Set(["sts:externalid"]);
const HIDDEN: readonly string[] = ["(not shown)"];

/** Decides once more and tells how. Given the same request and policies it comes to the same decision. */
export function reportDecision({ requestId, decided_ms, request, policies }: DecidedRequest): DecisionReport {
  const seen = new Map<string, readonly string[]>();
  const context = (key: string): readonly string[] | undefined => {
    const given = request.context(key);
    seen.set(key, given !== undefined && KEPT_SECRET.has(key) ? HIDDEN : (given ?? []));
    return given;
  };
  const { decision, statements } = explain({ ...request, context }, policies);
  return {
    ...(requestId === undefined ? {} : { requestId }),
    decided_ms,
    principal: nameOf(request.principal),
    principalAccount: request.principal.account,
    action: request.action,
    resource: request.resource,
    resourceAccount: request.resourceAccount,
    outcome: wordOf(decision),
    decision,
    statements: statements.map(hideSecrets),
    context: Object.fromEntries(seen),
    leftOut: { principal: 0, resource: 0 },
  };
}

export function wordOf({ allowed, by }: Decision): DecisionWord {
  if (allowed) return "allowed";
  return by === undefined ? "implicitDeny" : "explicitDeny";
}

/** What AWS tells a denied caller of whom it has denied what. */
export function sentenceOf({ principal, action, resource, decision }: DecisionReport): string {
  if (decision.allowed) return `${principal} may perform ${action} on resource: ${resource}: ${decision.because}`;
  return `User: ${principal} is not authorized to perform: ${action} on resource: ${resource} ${decision.because}`;
}

/** Is it this statement that a name means? */
export function isNamed({ type, policy, index }: StatementName, by: StatementName | undefined): boolean {
  return by !== undefined && by.type === type && by.policy === policy && by.index === index;
}

/** Whoever comes with a token of a provider is called as CloudTrail calls it. (CloudTrail User Guide, WebIdentityUser) */
function nameOf(principal: RequestPrincipal): string {
  if (principal.account !== undefined) return principal.arn;
  const { name, bearer } = principal;
  return bearer === undefined ? name : `${name}:${bearer.audience}:${bearer.subject}`;
}

function hideSecrets(statement: ExplainedStatement): ExplainedStatement {
  const conditions = statement.conditions.map((it) =>
    KEPT_SECRET.has(it.key) ? { ...it, wanted: HIDDEN, given: it.given && HIDDEN } : it,
  );
  return { ...statement, conditions };
}
