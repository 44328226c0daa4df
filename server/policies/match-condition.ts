import { type Comparison, OPERATIONS } from "./comparison.ts";
import { parseBoolean } from "./condition-value.ts";
import type { PolicyCondition } from "./condition.ts";
import type { PolicyDocument, PolicyStatement } from "./document.ts";
import type { RequestContext } from "./request.ts";
import { parseTemplate } from "./template.ts";

/** A comparison of a statement's Condition, made ready to be asked. */
export interface CompiledCondition {
  /** As the policy has it. */
  readonly source: PolicyCondition;
  readonly holds: (context: RequestContext) => boolean;
}

/** Where a condition stands decides what its variables are, and which way it falls when it has no answer. */
export interface ConditionPlace {
  readonly version: PolicyDocument["version"];
  readonly effect: PolicyStatement["effect"];
}

/**
 * Makes a condition ready. Where a value has not the type of the operator, on either side, there is no answer: an Allow does not
 * apply then, and a Deny does.
 */
export function compileCondition(source: PolicyCondition, { version, effect }: ConditionPlace): CompiledCondition {
  const answer = source.operator === "Null" ? nullAnswer(source) : comparisonAnswer(source, source.operator, version);
  return { source, holds: (context) => answer(context) ?? effect === "Deny" };
}

/** True, false, or undefined where there is no telling. */
type Answer = (context: RequestContext) => boolean | undefined;

/** IAM: Null holds for `true` when the key is not there, for `false` when it is. (IAM User Guide, Null condition operator) */
function nullAnswer({ key, values }: PolicyCondition): Answer {
  const wanted = values.map(parseBoolean);
  return (context) => anyOf(wanted, (it) => (it === undefined ? undefined : it === isMissing(context(key))));
}

function comparisonAnswer(
  { key, set, ifExists, values }: PolicyCondition,
  operator: keyof typeof OPERATIONS,
  version: PolicyDocument["version"],
): Answer {
  const { isNegated, compile } = OPERATIONS[operator];
  const comparisons: readonly Comparison[] = values.map((it) => compile(parseTemplate(it, version), it));
  const whenMissing = ifExists || set === "ForAllValues" || (set === undefined && isNegated);

  return (context) => {
    const given = context(key);
    if (isMissing(given)) return whenMissing;
    const holdsFor = (value: string): boolean | undefined => {
      const found = anyOf(comparisons, (it) => it(value, context));
      return isNegated ? not(found) : found;
    };
    if (set === "ForAnyValue") return anyOf(given, holdsFor);
    if (set === "ForAllValues") return not(anyOf(given, (it) => not(holdsFor(it))));
    // IAM: a key with many values needs a set operator. (IAM User Guide, multivalued context keys)
    return given.length === 1 ? holdsFor(given[0] ?? "") : false;
  };
}

function isMissing(values: readonly string[] | undefined): values is undefined {
  return values === undefined || values.length === 0;
}

/** True when it is for one; otherwise undefined when it is for one; otherwise false. */
function anyOf<Item>(items: readonly Item[], test: (item: Item) => boolean | undefined): boolean | undefined {
  let isUnclear = false;
  for (const item of items) {
    const answer = test(item);
    if (answer === true) return true;
    if (answer === undefined) isUnclear = true;
  }
  return isUnclear ? undefined : false;
}

function not(answer: boolean | undefined): boolean | undefined {
  return answer === undefined ? undefined : !answer;
}
