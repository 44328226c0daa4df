import assert from "node:assert/strict";
import { test } from "node:test";
import { isRepositoryWildcard, matchesWildcard } from "./wildcard.ts";

test("a wildcard stands for any run of characters, and a pattern covers the whole text", () => {
  for (const [pattern, text] of [
    ["*", ""],
    ["*", "v1"],
    ["**", "v1"],
    ["dev-*", "dev-"],
    ["*-rc*", "v1-rc2"],
    ["a*b*c", "aXbYbZc"],
    ["a*a", "aa"],
    ["*ab*b", "abab"],
    ["v1", "v1"],
    ["", ""],
  ] as const) {
    assert.ok(matchesWildcard(pattern, text), `${pattern} matches ${text}`);
  }
  for (const [pattern, text] of [
    ["dev-*", "xdev-1"],
    ["v1", "v10"],
    ["*a", "ab"],
    ["a*b*c", "acb"],
    ["a*a", "a"],
    ["*ab*b", "ab"],
    [".", "x"],
    ["v?", "v1"],
    ["", "x"],
  ] as const) {
    assert.ok(!matchesWildcard(pattern, text), `${pattern} does not match ${text}`);
  }
});

test("a pattern of stars costs no more than its length times the text's", () => {
  assert.equal(matchesWildcard(`${"a*".repeat(10_000)}b`, "a".repeat(20_000)), false);
});

test("a wildcard for repository names is what ECR's patterns for scanning and for signing say, which are the same", () => {
  const scanning = /^[a-z0-9*](?:[._\-/a-z0-9*]?[a-z0-9*]+)*$/;
  const signing = /^(?:[a-z0-9*]+(?:[._-][a-z0-9*]+)*\/)*[a-z0-9*]+(?:[._-][a-z0-9*]+)*$/;
  const good = ["*", "a", "a*", "*/prod", "a/b/c", "a-b_c.d/e", "**", "*a*/*b*"];
  const bad = ["", "/a", "a/", "a//b", "a..b", "a-/b", "-a", "a-", "A", "a b", "a\n", "a+b"];
  for (const pattern of good)
    assert.ok(isRepositoryWildcard(pattern) && scanning.test(pattern) && signing.test(pattern), pattern);
  for (const pattern of bad)
    assert.ok(!isRepositoryWildcard(pattern) && !scanning.test(pattern) && !signing.test(pattern), pattern);
});
