import assert from "node:assert/strict";
import { test } from "node:test";
import { matchesWildcard } from "./wildcard.ts";

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
    ["", "x"],
  ] as const) {
    assert.ok(!matchesWildcard(pattern, text), `${pattern} does not match ${text}`);
  }
});

test("a pattern of stars costs no more than its length times the text's", () => {
  assert.equal(matchesWildcard(`${"a*".repeat(10_000)}b`, "a".repeat(20_000)), false);
});
