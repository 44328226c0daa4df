import assert from "node:assert/strict";
import { test } from "node:test";
import { isRepositoryPrefix, REPOSITORY_PREFIX_PATTERN } from "./names.ts";

test("a prefix is what ECR's pattern says that it is", () => {
  const pattern = new RegExp(REPOSITORY_PREFIX_PATTERN);
  const prefixes = ["a", "prod", "prod/", "prod/team", "prod/team/", "a__b/c-9--d.e", "ROOT", "root"];
  const others = ["", "/", "ROOT/", "Prod", "a-", "a//", "/a", "a/ROOT", "a___b", " a", "a\n"];
  for (const text of prefixes) assert.ok(isRepositoryPrefix(text), text);
  for (const text of others) assert.ok(!isRepositoryPrefix(text), text);
  for (const text of [...prefixes, ...others]) assert.equal(isRepositoryPrefix(text), pattern.test(text), text);
});

test("a long text costs no more than its length", () => {
  assert.equal(isRepositoryPrefix(`${"a-".repeat(100_000)}!`), false);
});
