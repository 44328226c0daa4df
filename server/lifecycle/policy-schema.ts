import { LIFECYCLE_RULES_MAX } from "../kernel/limits.ts";

/** A policy that follows the schema, as the client wrote it. */
export interface PolicyDocument {
  readonly rules: readonly RuleDocument[];
}

export interface RuleDocument {
  readonly rulePriority: number;
  readonly description?: string;
  readonly selection: {
    readonly tagStatus: (typeof TAG_STATUSES)[number];
    readonly tagPatternList?: readonly string[];
    readonly tagPrefixList?: readonly string[];
    readonly storageClass?: (typeof STORAGE_CLASSES)[number];
    readonly countType: (typeof COUNT_TYPES)[number];
    readonly countUnit?: "days";
    readonly countNumber: number;
  };
  readonly action: { readonly type: (typeof ACTION_TYPES)[number]; readonly targetStorageClass?: "archive" };
}

const TAG_STATUSES = ["any", "tagged", "untagged"] as const;
const STORAGE_CLASSES = ["archive", "standard"] as const;
const COUNT_TYPES = ["imageCountMoreThan", "sinceImagePushed", "sinceImagePulled", "sinceImageTransitioned"] as const;
const ACTION_TYPES = ["expire", "transition"] as const;

type Json = Readonly<Record<string, unknown>>;
/** Everything that is wrong with a value; empty when nothing is. */
type Check = (value: unknown) => readonly string[];

/**
 * What the schema of a lifecycle policy has against a value: ECR's sentences, in the order of the text. What stands inside of
 * something that is wrong itself is not looked at. Sources of the texts: moto's ECR validation, which carries ECR's answers,
 * and answers quoted in issues (cloudposse/terraform-aws-ecr#158, hashicorp/terraform-provider-aws#45909,
 * simple-container-com/api#34). ECR checks policies with the Java library json-schema-validator, whose words these are.
 */
export function findSchemaMistakes(policy: Json): readonly string[] {
  // ECR: the same text when rules are there and are not a list. (moto)
  if (!Array.isArray(policy.rules)) return [missing(["rules"])];
  return object({ rules: checkRules }, ["rules"])(policy);
}

function checkRules(rules: unknown): readonly string[] {
  const { length } = rules as readonly unknown[];
  if (length === 0) return ["array is too short: must have at least 1 elements but instance has 0 elements"];
  if (length > LIFECYCLE_RULES_MAX) {
    return [`array is too long: must have at most ${LIFECYCLE_RULES_MAX} elements but instance has ${length} elements`];
  }
  return (rules as readonly unknown[]).flatMap(checkRule);
}

const checkSelection = object(
  {
    tagStatus: oneOf(TAG_STATUSES),
    tagPatternList: texts,
    tagPrefixList: texts,
    storageClass: oneOf(STORAGE_CLASSES),
    countType: text,
    countUnit: oneOf(["days"]),
    countNumber: positiveInteger,
  },
  ["countNumber", "countType", "tagStatus"],
  // ECR: each countType is a schema of its own; four since there is an archive. (hashicorp/terraform-provider-aws#45909)
  (it) => (isCounted(it) ? [] : [matchedNone(COUNT_TYPES.length)]),
);

const checkAction = object(
  { type: oneOf(ACTION_TYPES), targetStorageClass: text },
  ["type"],
  // ECR: null is not an absent member either. (cloudposse/terraform-aws-ecr#158)
  (it) => (isTargeted(it) ? [] : [matchedNone(ACTION_TYPES.length)]),
);

const checkRule = object({ rulePriority: positiveInteger, description: text, selection: checkSelection, action: checkAction }, [
  "action",
  "rulePriority",
  "selection",
]);

/** Ages are counted in days and images are not; only images in the archive have an age there. */
function isCounted({ countType, countUnit, storageClass }: Json): boolean {
  if (countType === "imageCountMoreThan") return countUnit === undefined;
  if (countType === "sinceImageTransitioned" && storageClass !== "archive") return false;
  return COUNT_TYPES.some((it) => it === countType) && countUnit !== undefined && countUnit !== null;
}

function isTargeted({ type, targetStorageClass }: Json): boolean {
  if (targetStorageClass === undefined) return true;
  return type !== "expire" && targetStorageClass === "archive";
}

/** A check of an object with no other members than these. `whole` sees it once its members' names are right. */
function object(
  members: Readonly<Record<string, Check>>,
  required: readonly string[],
  whole: (it: Json) => readonly string[] = () => [],
): Check {
  return (value) => {
    if (typeOf(value) !== "object") return [wrongType(value, "object")];
    const json = value as Json;
    const absent = required.filter((name) => !Object.hasOwn(json, name));
    const strange = Object.keys(json).filter((name) => !Object.hasOwn(members, name));
    const mistakes = [
      ...(absent.length === 0 ? [] : [missing(absent)]),
      ...(strange.length === 0 ? [] : [`object instance has properties which are not allowed by the schema: (${list(strange)})`]),
    ];
    if (mistakes.length > 0) return mistakes;
    const unmatched = whole(json);
    if (unmatched.length > 0) return unmatched;
    return Object.entries(json).flatMap(([name, member]) => members[name]?.(member) ?? []);
  };
}

function oneOf(values: readonly string[]): Check {
  return (value) => {
    if (typeof value !== "string") return [wrongType(value, "string")];
    return values.includes(value) ? [] : [`instance value (${value}) not found in enum :(possible values: ${list(values)})`];
  };
}

function text(value: unknown): readonly string[] {
  return typeof value === "string" ? [] : [wrongType(value, "string")];
}

function texts(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [wrongType(value, "array")];
  // An empty prefix would select every image with a tag: nobody means that.
  return value.flatMap((it) => (it === "" ? ['string "" is too short (length: 0, required minimum: 1)'] : text(it)));
}

function positiveInteger(value: unknown): readonly string[] {
  if (typeOf(value) !== "integer") return [wrongType(value, "integer")];
  return (value as number) < 1
    ? [`numeric instance is lower than the required minimum (minimum: 1, found: ${String(value)})`]
    : [];
}

function missing(names: readonly string[]): string {
  return `object has missing required properties (${list(names)})`;
}

function matchedNone(schemas: number): string {
  return `instance failed to match exactly one schema (matched 0 out of ${schemas})`;
}

function wrongType(value: unknown, expected: string): string {
  return `instance type (${typeOf(value)}) does not match any allowed primitive type (allowed: ${list([expected])})`;
}

function list(names: readonly string[]): string {
  return `[${names.map((it) => JSON.stringify(it)).join(", ")}]`;
}

/** JSON schema's name for the type of a value that was parsed from JSON. */
function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
}
