import { SIMULATED_MATCHES_MAX } from "../../kernel/limits.ts";
import type { Arn } from "../../kernel/names.ts";
import { askPolicies, questionOf } from "../../policies/ask-policies.ts";
import { type DecisionWord, wordOf } from "../../policies/decision-report.ts";
import { evaluate, type Layer, layersOf } from "../../policies/evaluate.ts";
import { explain, type ExplainedStatement } from "../../policies/explain.ts";
import type { PolicySets } from "../../policies/policy-sets.ts";
import type { AccessRequest, RequestContext } from "../../policies/request.ts";
import { accountOfArn } from "../shapes.ts";
import type { SimulatedPolicy } from "./simulated-policy.ts";
import type { Scenario } from "./scenario.ts";

/** What one action on one resource comes to, in IAM's words. */
export interface SimulatedDecision {
  readonly resource: string;
  readonly decision: DecisionWord;
  readonly matched: readonly object[];
  /** Condition keys that decided and that nobody has given. */
  readonly missing: readonly string[];
  readonly allowedByBoundary: boolean | undefined;
  readonly allowedByOrganisations: boolean | undefined;
  /** How each side decides where the two are of different accounts. */
  readonly sides: ReadonlyMap<string, DecisionWord> | undefined;
}

/** Decides whether an action on a resource would be allowed. Takes what is in the scenario, and looks nothing up. */
export function simulate(scenario: Scenario, action: string, resource: string): SimulatedDecision {
  const { principal, policies, context, keys } = scenario;
  const missing = new Set<string>();
  const watched: RequestContext = (key) => {
    const given = context(key);
    if (given === undefined || given.length === 0) missing.add(keys.get(key) ?? key);
    return given;
  };
  const resourceAccount = accountOfArn(resource) ?? scenario.resourceOwner;
  const request = { principal, action, resource: resource as Arn, resourceAccount, context };
  const decision = wordOf(evaluate({ ...request, context: watched }, policies));
  const { statements } = explain(request, policies);
  const isCrossAccount = principal.account !== resourceAccount;
  return {
    resource,
    decision,
    matched: statements
      .filter((it) => isMatch(it, decision))
      .slice(0, SIMULATED_MATCHES_MAX)
      .map((it) => viewMatch(scenario.sources, it)),
    missing: [...missing],
    allowedByBoundary:
      policies.boundary && isAllowedBy(request, [{ type: "permissions-boundary", policies: [policies.boundary] }]),
    allowedByOrganisations: policies.serviceControl && isAllowedBy(request, layersOf(request, policies).ceilings),
    sides: isCrossAccount ? sidesOf(request, policies, statements) : undefined,
  };
}

/** IAM: of a denial its Deny alone is told, and of an Allow what allows; boundaries and organizations have answers of their own. */
function isMatch({ type, applies, effect }: ExplainedStatement, decision: DecisionWord): boolean {
  if (!applies || (type !== "identity" && type !== "resource")) return false;
  return effect === (decision === "allowed" ? "Allow" : decision === "explicitDeny" ? "Deny" : undefined);
}

/** IAM: what kind of policy it was; its model does not list these words. (answers of IAM in tests of its clients) */
const SOURCE_TYPES: Readonly<Record<string, string>> = { identity: "IAM Policy", resource: "Resource Policy" };

function viewMatch(sources: ReadonlyMap<string, SimulatedPolicy>, { type, policy, index }: ExplainedStatement): object {
  const position = sources.get(policy)?.positions[index];
  return {
    SourcePolicyId: policy,
    SourcePolicyType: SOURCE_TYPES[type],
    StartPosition: position?.start,
    EndPosition: position?.end,
  };
}

function isAllowedBy(request: AccessRequest, layers: readonly Layer[]): boolean {
  const question = questionOf(request);
  return layers.every(({ policies }) => askPolicies(policies, question).allow !== undefined);
}

function sidesOf(
  request: AccessRequest,
  policies: PolicySets,
  statements: readonly ExplainedStatement[],
): ReadonlyMap<string, DecisionWord> {
  const own = evaluate({ ...request, resourceAccount: request.principal.account }, { ...policies, resource: [] });
  const onResource = statements.filter((it) => it.type === "resource" && it.applies);
  const isDenied = onResource.some((it) => it.effect === "Deny");
  const theirs = isDenied ? "explicitDeny" : onResource.length > 0 ? "allowed" : "implicitDeny";
  return new Map([
    ["IAM Policy", wordOf(own)],
    ["Resource Policy", theirs],
  ]);
}
