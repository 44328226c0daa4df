import { parseRepositoryName } from "../../kernel/names.ts";
import { splitArn } from "../../policies/arn-pattern.ts";
import { matches, parsePattern } from "../../policies/pattern.ts";

/** Whose resources a service's actions are about. */
const RESOURCES_OF: Readonly<Record<string, readonly string[]>> = {
  ecr: ["ecr"],
  "ecr-public": ["ecr-public"],
  iam: ["iam"],
  sts: ["sts", "iam"],
  longshore: ["iam", "sts"],
};
const REPOSITORY = "repository/";
const WILD = /[*?]|\$\{/;

/** Can a Resource cover what a service's actions are asked of? */
export function canBelongTo(resource: string, vendor: string): boolean {
  const service = parsePattern(splitArn(resource)?.[2] ?? "*");
  return (RESOURCES_OF[vendor] ?? []).some((it) => matches(service, it));
}

/** Can a Resource, which is `*` or a pattern of ARNs, cover the ARN of a repository of ECR? */
export function canBeRepository(resource: string): boolean {
  if (resource === "*") return true;
  const parts = splitArn(resource);
  if (parts === undefined) return false;
  const [, partition = "", service = "", , , name = ""] = parts;
  if (!matches(parsePattern(partition), "aws") || !matches(parsePattern(service), "ecr")) return false;
  const wildcard = name.search(WILD);
  if (wildcard === -1) return name.startsWith(REPOSITORY) && parseRepositoryName(name.slice(REPOSITORY.length)) !== undefined;
  const fixed = name.slice(0, wildcard);
  return fixed.length < REPOSITORY.length ? REPOSITORY.startsWith(fixed) : fixed.startsWith(REPOSITORY);
}
