import { invalidParameter } from "../kernel/errors.ts";
import { matchesWildcard } from "../kernel/wildcard.ts";
import type { RepositoryRow } from "../platform/metadata/schema.ts";

/** ECR: in the order in which its messages list them. (InvalidParameterException of PutImageTagMutability) */
export const TAG_MUTABILITIES = ["IMMUTABLE", "MUTABLE", "MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION"] as const;
export type TagMutability = (typeof TAG_MUTABILITIES)[number];

/** Tags that a `*_WITH_EXCLUSION` setting does not cover. In `filter`, a `*` stands for any number of characters. */
export interface ExclusionFilter {
  readonly filterType: "WILDCARD";
  readonly filter: string;
}

/** May this tag, once set, never be moved? */
export function isTagImmutable(row: RepositoryRow, tag: string): boolean {
  switch (row.tag_mutability as TagMutability) {
    case "MUTABLE":
      return false;
    case "IMMUTABLE":
      return true;
    case "MUTABLE_WITH_EXCLUSION":
      return isExcluded(row, tag);
    case "IMMUTABLE_WITH_EXCLUSION":
      return !isExcluded(row, tag);
  }
}

/** The filters that are stored with a repository. */
export function exclusionFilters(row: RepositoryRow): readonly ExclusionFilter[] {
  return JSON.parse(row.tag_mutability_filters) as ExclusionFilter[];
}

/** Whether a setting says nothing without filters. */
export function needsExclusionFilters(mutability: TagMutability): boolean {
  return mutability.endsWith("_WITH_EXCLUSION");
}

/** ECR: in one filter. (terraform-provider-aws, aws_ecr_repository) */
const WILDCARDS_MAX = 2;

/** Throws InvalidParameterException when filters are missing where they are needed, given where they mean nothing, or too wild. */
export function checkExclusionFilters(mutability: TagMutability, filters: readonly ExclusionFilter[] | undefined): void {
  const wild = filters?.find(({ filter }) => filter.split("*").length - 1 > WILDCARDS_MAX);
  if (wild !== undefined) {
    const text = `The filter '${wild.filter}' contains more than the maximum of ${WILDCARDS_MAX} wildcards (*)`;
    throw invalidParameter("imageTagMutabilityExclusionFilters", text);
  }
  if (needsExclusionFilters(mutability) === (filters !== undefined)) return;
  // ECR: both texts word for word. (an answer quoted in aws/aws-cdk#35246; measured by cdk-preflight, 2026-09)
  const mistake = filters === undefined ? "can't be null" : "are not allowed";
  throw invalidParameter(
    "imageTagMutabilityExclusionFilters",
    `ImageTagMutabilityExclusionFilters ${mistake} when imageTagMutability is set as ${mutability}`,
  );
}

function isExcluded(row: RepositoryRow, tag: string): boolean {
  return exclusionFilters(row).some((it) => matchesWildcard(it.filter, tag));
}
