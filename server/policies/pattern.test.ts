import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { matchesInParallel } from "./parallel-match.ts";
import { matches, matchesOneByOne, parsePattern } from "./pattern.ts";
import { readSigns } from "./signs.ts";

/** Does a pattern match? In whatever way it is asked, it says the same. */
function matchesPattern(pattern: string, text: string): boolean {
  const answer = matches(parsePattern(pattern), text);
  assert.equal(matchesOneByOne(readSigns(pattern), text), answer, `one by one, ${pattern} for ${text}`);
  assert.equal(matchesInParallel(readSigns(pattern), text), answer, `in parallel, ${pattern} for ${text}`);
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

test("patterns and texts of any length are matched alike in every way, and as a regular expression would", () => {
  const signs = (longest: number, ...from: readonly string[]) =>
    fc.array(fc.constantFrom(...from), { maxLength: longest }).map((it) => it.join(""));
  fc.assert(
    fc.property(signs(12, "a", "b", "*", "?"), signs(12, "a", "b"), (pattern, text) => {
      const expression = new RegExp(`^${pattern.replaceAll("?", ".").replaceAll("*", ".*")}$`);
      assert.equal(matchesPattern(pattern, text), expression.test(text));
    }),
    { numRuns: 5_000 },
  );
  // Longer than a word of places, and near to the text.
  fc.assert(
    fc.property(signs(200, "a", "b", "ab", "*", "?"), fc.array(fc.nat(200), { maxLength: 3 }), (pattern, changes) => {
      const filled = pattern.replaceAll("*", "abb").replaceAll("?", "b");
      assert.ok(matchesPattern(pattern, filled));
      const changed = changes.reduce((text, at) => text.slice(0, at) + text.slice(at + 1), filled);
      matchesPattern(pattern, changed);
    }),
    { numRuns: 1_000 },
  );
});

test("whatever a pattern and a text hold, the work stays far below the product of their lengths", () => {
  const text = "a".repeat(20_000);
  assert.equal(matches(parsePattern(`*${"a".repeat(5_000)}b*`), text), false);
  assert.equal(matches(parsePattern(`${"a*".repeat(5_000)}b`), text), false);
  assert.equal(matches(parsePattern(`*${"a?".repeat(2_500)}*`), text), true);
  assert.equal(matches(parsePattern("?".repeat(20_001)), text), false);
});
