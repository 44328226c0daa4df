import assert from "node:assert/strict";
import { test } from "node:test";
import type { RepositoryRow } from "../platform/metadata/schema.ts";
import { checkExclusionFilters, isTagImmutable, matchesWildcard } from "./tag-mutability.ts";

function row(tag_mutability: string, ...filters: string[]): RepositoryRow {
  const tag_mutability_filters = JSON.stringify(filters.map((filter) => ({ filterType: "WILDCARD", filter })));
  return { tag_mutability, tag_mutability_filters } as RepositoryRow;
}

test("a wildcard stands for any run of characters, and a pattern covers the whole tag", () => {
  for (const [pattern, tag] of [
    ["*", ""],
    ["*", "v1"],
    ["dev-*", "dev-"],
    ["*-rc*", "v1-rc2"],
    ["a*b*c", "aXbYbZc"],
    ["v1", "v1"],
  ]) {
    assert.ok(matchesWildcard(pattern!, tag!), `${pattern} matches ${tag}`);
  }
  for (const [pattern, tag] of [
    ["dev-*", "xdev-1"],
    ["v1", "v10"],
    ["*a", "ab"],
    ["a*b*c", "acb"],
    [".", "x"],
  ]) {
    assert.ok(!matchesWildcard(pattern!, tag!), `${pattern} does not match ${tag}`);
  }
});

test("a pattern of stars costs no more than its length times the tag's", () => {
  assert.equal(matchesWildcard(`${"a*".repeat(63)}b`, "a".repeat(128)), false);
});

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
  const message = (mutability: string) =>
    `Invalid parameter at 'imageTagMutabilityExclusionFilters' failed to satisfy constraint: 'ImageTagMutabilityExclusionFilters can't be null when imageTagMutability is set as ${mutability}'`;
  checkExclusionFilters("MUTABLE", undefined);
  checkExclusionFilters("IMMUTABLE_WITH_EXCLUSION", filters);
  assert.throws(() => checkExclusionFilters("MUTABLE_WITH_EXCLUSION", undefined), { message: message("MUTABLE_WITH_EXCLUSION") });
  assert.throws(() => checkExclusionFilters("IMMUTABLE", filters), { message: message("IMMUTABLE") });
});
