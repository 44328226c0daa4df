import assert from "node:assert/strict";
import { test } from "node:test";
import { matches, matchesSigns, parsePattern, readSigns } from "./pattern.ts";

/** Ready or not, a pattern matches the same. */
function matchesPattern(pattern: string, text: string): boolean {
  const answer = matches(parsePattern(pattern), text);
  assert.equal(matchesSigns(readSigns(pattern), text), answer);
  return answer;
}

test("a star stands for any run of characters, a question mark for one, and a pattern covers the whole text", () => {
  for (const [pattern, text] of [
    ["*", ""],
    ["ecr:*", "ecr:PutImage"],
    ["ecr:?utImage", "ecr:PutImage"],
    ["*Image*", "ecr:BatchGetImage"],
    ["*?", "a"],
    ["a*b?c", "aXbYbZc"],
  ] as const) {
    assert.ok(matchesPattern(pattern, text), `${pattern} matches ${text}`);
  }
  for (const [pattern, text] of [
    ["", "a"],
    ["?", ""],
    ["a?", "a"],
    ["ecr:*", "ecs:PutImage"],
    ["ecr:Put", "ecr:PutImage"],
    ["*a", "ab"],
    [".", "x"],
  ] as const) {
    assert.ok(!matchesPattern(pattern, text), `${pattern} does not match ${text}`);
  }
});

test("a pattern of stars costs no more than its length times the text's", () => {
  assert.equal(matchesPattern(`${"a*".repeat(5000)}b`, "a".repeat(1000)), false);
});
