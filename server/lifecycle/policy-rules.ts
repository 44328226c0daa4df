import type { RuleDocument } from "./policy-schema.ts";

type Selection = RuleDocument["selection"];

/** ECR: a maximum of four wildcards in a pattern. (user guide, tagPatternList) */
const WILDCARDS_MAX = 4;

/**
 * What is wrong with rules that follow the schema one by one: ECR's sentence for the first mistake, or undefined. The texts
 * are ECR's where an answer of its is quoted somewhere in public (moto, issues, CDK preflight rules); the others say so.
 */
export function findRuleMistake(rules: readonly RuleDocument[]): string | undefined {
  for (const rule of rules) {
    const mistake = findTagMistake(rule.selection) ?? findCountMistake(rule);
    if (mistake !== undefined) return mistake;
  }
  if (hasDuplicates(rules.map((it) => it.rulePriority))) return "Duplicate priority in multiple rules";
  const standard = rules.filter((it) => it.selection.storageClass !== "archive");
  const archive = rules.filter((it) => it.selection.storageClass === "archive");
  return findConflict(standard) ?? findConflict(archive);
}

function findTagMistake({ tagStatus, tagPrefixList = [], tagPatternList = [] }: Selection): string | undefined {
  if (tagStatus !== "tagged") {
    const name = tagPrefixList.length > 0 ? "tagPrefixList" : tagPatternList.length > 0 ? "tagPatternList" : undefined;
    return name && `Cannot specify ${name} with tagStatus ${tagStatus}`;
  }
  if (tagPrefixList.length === 0 && tagPatternList.length === 0) {
    return "Must specify tagPrefixList or tagPatternList when tagStatus=TAGGED.";
  }
  if (tagPrefixList.length > 0 && tagPatternList.length > 0) {
    return "If policy has a tagged rule, it must specify only one of tagPrefixList or tagPatternList";
  }
  const wild = tagPatternList.some((it) => it.split("*").length - 1 > WILDCARDS_MAX);
  // ECR: word for word. (measured by cdk-preflight, 2026-09)
  return wild ? `Invalid tag pattern provided. Total number of * must not exceed ${WILDCARDS_MAX}` : undefined;
}

function findCountMistake({ selection, action }: RuleDocument): string | undefined {
  const { countType, storageClass } = selection;
  if (storageClass === "archive" && countType !== "sinceImageTransitioned") {
    return "SINCE_IMAGE_PUSHED, SINCE_IMAGE_PULLED and IMAGE_COUNT_MORE_THAN support the STANDARD storage class only";
  }
  // ECR refuses these two; its words for it are not known.
  if (countType === "sinceImagePulled" && action.type === "expire")
    return "SINCE_IMAGE_PULLED supports the TRANSITION action only";
  if (countType === "sinceImageTransitioned" && action.type === "transition") {
    return "SINCE_IMAGE_TRANSITIONED supports the EXPIRE action only";
  }
  return undefined;
}

/** What the rules of one storage class have against each other. */
function findConflict(rules: readonly RuleDocument[]): string | undefined {
  const withStatus = (status: Selection["tagStatus"]) => rules.filter((it) => it.selection.tagStatus === status);
  if (withStatus("untagged").length > 1) return "Only one rule can select Untagged images per storage class.";
  const [any, another] = withStatus("any");
  if (another !== undefined) return "Only one rule can specify tagStatus=ANY per storage class.";
  if (any !== undefined && rules.some((it) => it.rulePriority > any.rulePriority)) {
    return "Rule for tagStatus=ANY must have the lowest priority per storage class";
  }
  const prefixes = rules.flatMap((it) => [...new Set(it.selection.tagPrefixList)]);
  // ECR: no prefix stands in two rules (user guide); its words for the mistake are not known.
  return hasDuplicates(prefixes) ? "Rules must have a unique set of tag prefixes per storage class." : undefined;
}

function hasDuplicates(values: readonly unknown[]): boolean {
  return new Set(values).size < values.length;
}
