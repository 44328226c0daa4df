import { invalidParameter, RegistryError } from "../kernel/errors.ts";
import { findJsonBreak } from "../kernel/json-break.ts";
import type { LifecyclePolicy, LifecycleRule } from "./policy.ts";
import { findRuleMistake } from "./policy-rules.ts";
import { findSchemaMistakes, type PolicyDocument, type RuleDocument } from "./policy-schema.ts";

/** ECR: a policy that is no JSON object, and one that cannot be understood though it follows the schema. (measured by cdk-preflight, 2026-09) */
const NOT_UNDERSTOOD = "Lifecycle policy parsing failure: Could not map policyString into LifecyclePolicy.";
/** ECR's numbers are Java's. */
const INTEGER_MAX = 2_147_483_647;
/** The text of a policy has room for ten thousand, and their sentences would be a hundred times as long as it. */
const MISTAKES_TOLD_MAX = 100;

/**
 * Reads a lifecycle policy. Throws InvalidParameterException in ECR's words: first for what is no JSON (and beyond ECR says
 * where it breaks), then for what the schema forbids, many mistakes at once, then for the first rule that does not make sense.
 */
export function parseLifecyclePolicy(text: string): LifecyclePolicy {
  const value = parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw refused(NOT_UNDERSTOOD);
  const mistakes = findSchemaMistakes(value as Readonly<Record<string, unknown>>);
  // ECR: a line ends behind each, behind the last one too. (an answer quoted in hashicorp/terraform-provider-aws#45909)
  const told = mistakes.slice(0, MISTAKES_TOLD_MAX).map((it) => `${it}\n`);
  if (told.length > 0) throw invalid(told.join(""));

  const { rules } = value as PolicyDocument;
  if (!rules.every(isUnderstood)) throw refused(NOT_UNDERSTOOD);
  const mistake = findRuleMistake(rules);
  if (mistake !== undefined) throw invalid(mistake);
  return { rules: rules.map(toRule).sort((a, b) => a.priority - b.priority) };
}

/** Throws what `parseLifecyclePolicy` throws. */
export function checkLifecyclePolicy(text: string): void {
  parseLifecyclePolicy(text);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refused(NOT_UNDERSTOOD, whereItBreaks(text));
  }
}

function whereItBreaks(text: string): string {
  const broken = findJsonBreak(text);
  if (broken === undefined) return "";
  const { line, column, expected, found } = broken;
  return ` The JSON breaks at line ${line}, column ${column}: ${expected} was expected, but ${found} was found.`;
}

/** ECR: the schema does not ask for the target of a transition; reading the rule then fails. (measured by cdk-preflight, 2026-09) */
function isUnderstood({ rulePriority, selection, action }: RuleDocument): boolean {
  if (action.type === "transition" && action.targetStorageClass === undefined) return false;
  return rulePriority <= INTEGER_MAX && selection.countNumber <= INTEGER_MAX;
}

function toRule({ rulePriority, description, selection, action }: RuleDocument): LifecycleRule {
  const { tagStatus, tagPrefixList = [], tagPatternList = [], countType, countNumber } = selection;
  const tests = [
    ...new Set(tagPrefixList).values().map((it) => ({ kind: "prefix", text: it }) as const),
    ...new Set(tagPatternList).values().map((it) => ({ kind: "pattern", text: it }) as const),
  ];
  return {
    priority: rulePriority,
    description,
    tags: tagStatus === "tagged" ? tests : tagStatus,
    storageClass: selection.storageClass === "archive" ? "ARCHIVE" : "STANDARD",
    count: countType === "imageCountMoreThan" ? { type: countType, images: countNumber } : { type: countType, days: countNumber },
    action: action.type === "expire" ? "EXPIRE" : "TRANSITION",
  };
}

function invalid(mistake: string): RegistryError {
  return refused(`Lifecycle policy validation failure: ${mistake}`);
}

function refused(failure: string, more = ""): RegistryError {
  const { code, message } = invalidParameter("LifecyclePolicyText", failure);
  return new RegistryError(code, message + more);
}
