import { gripIn, nameOf, type Question, questionOf } from "./ask-policies.ts";
import type { CompiledPolicy, CompiledStatement } from "./compile.ts";
import type { PolicyCondition } from "./condition.ts";
import type { Decision, StatementName } from "./decision.ts";
import { evaluate, type Layer, layersOf } from "./evaluate.ts";
import type { CompiledCondition } from "./match-condition.ts";
import type { PolicySets } from "./policy-sets.ts";
import type { AccessRequest, RequestContext } from "./request.ts";

/** A decision, and every statement that was looked at for it. */
export interface Explanation {
  readonly decision: Decision;
  readonly statements: readonly ExplainedStatement[];
}

/** One statement, and which of its elements match the request. It applies when all of them do. */
export interface ExplainedStatement extends StatementName {
  readonly effect: CompiledStatement["effect"];
  readonly applies: boolean;
  readonly matches: { readonly principal: boolean; readonly action: boolean; readonly resource: boolean };
  readonly conditions: readonly ExplainedCondition[];
  /** The context keys that its resources, and the values of its conditions, have as variables; absent where they have none. */
  readonly variables?: readonly string[];
}

export interface ExplainedCondition {
  /** As the policy writes it, such as `ForAnyValue:StringLikeIfExists`. */
  readonly operator: string;
  readonly key: string;
  /** What the policy compares with, variables as they are written. */
  readonly wanted: readonly string[];
  /** What the request has; undefined when it does not have the key. */
  readonly given: readonly string[] | undefined;
  readonly holds: boolean;
}

/**
 * Decides once more, and tells of every statement of every policy that takes part what matched and what did not. Given the same
 * request and policies as `evaluate`, it comes to the same decision.
 */
export function explain(request: AccessRequest, policies: PolicySets): Explanation {
  const { ceilings, resource, identity, limits } = layersOf(request, policies);
  const question = questionOf(request);
  const statements = [...ceilings, resource, identity, ...limits].flatMap((it) => explainLayer(it, question));
  return { decision: evaluate(request, policies), statements };
}

function explainLayer({ policies }: Layer, question: Question): readonly ExplainedStatement[] {
  return policies.flatMap((policy) => policy.statements.map((it, index) => explainStatement(policy, it, index, question)));
}

function explainStatement(
  policy: CompiledPolicy,
  statement: CompiledStatement,
  index: number,
  { request, action, resource }: Question,
): ExplainedStatement {
  const found = {
    principal: gripIn(statement, policy, request) !== undefined,
    action: statement.matchesAction(action),
    resource: statement.matchesResource(resource, request.context),
  };
  const conditions = statement.conditions.map((it) => explainCondition(it, request.context));
  const applies = found.principal && found.action && found.resource && conditions.every(({ holds }) => holds);
  const { effect, variables } = statement;
  const named = nameOf(policy, statement, index);
  return { ...named, effect, applies, matches: found, conditions, ...(variables.length > 0 && { variables }) };
}

function explainCondition(condition: CompiledCondition, context: RequestContext): ExplainedCondition {
  const { source } = condition;
  return {
    operator: operatorName(source),
    key: source.key,
    wanted: source.values,
    given: context(source.key),
    holds: condition.holds(context),
  };
}

function operatorName({ set, operator, ifExists }: PolicyCondition): string {
  return `${set === undefined ? "" : `${set}:`}${operator}${ifExists ? "IfExists" : ""}`;
}
