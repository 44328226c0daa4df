import assert from "node:assert/strict";
import { test } from "node:test";
import type { RepositoryRow } from "../platform/metadata/schema.ts";
import { checkExclusionFilters, isTagImmutable } from "./tag-mutability.ts";

function row(tag_mutability: string, ...filters: string[]): RepositoryRow {
  const tag_mutability_filters = JSON.stringify(filters.map((filter) => ({ filterType: "WILDCARD", filter })));
  return { tag_mutability, tag_mutability_filters } as RepositoryRow;
}

test("each setting says which tags stay where they are", () => {
  assert.equal(isTagImmutable(row("MUTABLE"), "v1"), false);
  assert.equal(isTagImmutable(row("IMMUTABLE"), "v1"), true);
  assert.equal(isTagImmutable(row("IMMUTABLE_WITH_EXCLUSION", "latest", "dev-*"), "dev-3"), false);
  assert.equal(isTagImmutable(row("IMMUTABLE_WITH_EXCLUSION", "latest", "dev-*"), "v1"), true);
  assert.equal(isTagImmutable(row("MUTABLE_WITH_EXCLUSION", "v*"), "v1"), true);
  assert.equal(isTagImmutable(row("MUTABLE_WITH_EXCLUSION", "v*"), "latest"), false);
});

test("exclusion filters are needed with an exclusion and refused without", () => {
  const filters = [{ filterType: "WILDCARD", filter: "v*" }] as const;
  const message = (text: string) =>
    `Invalid parameter at 'imageTagMutabilityExclusionFilters' failed to satisfy constraint: 'ImageTagMutabilityExclusionFilters ${text}'`;
  checkExclusionFilters("MUTABLE", undefined);
  checkExclusionFilters("IMMUTABLE_WITH_EXCLUSION", filters);
  assert.throws(() => checkExclusionFilters("MUTABLE_WITH_EXCLUSION", undefined), {
    message: message("can't be null when imageTagMutability is set as MUTABLE_WITH_EXCLUSION"),
  });
  assert.throws(() => checkExclusionFilters("IMMUTABLE", filters), {
    message: message("are not allowed when imageTagMutability is set as IMMUTABLE"),
  });
});
