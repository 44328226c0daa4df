import assert from "node:assert/strict";
import { test } from "node:test";
import { integer, list, string, structure } from "../kernel/shape.ts";
import { parseQuery } from "./query-input.ts";
import { readInput } from "./read-input.ts";

const NAME = { text: "[a-z]+", matches: (it: string) => /^[a-z]+$/.test(it) };
const shape = structure({
  "UserName!": string({ max: 5, pattern: NAME }),
  MaxItems: integer({ min: 1 }),
  Tags: list(structure({ "Key!": string({ min: 1 }) }), { max: 2 }),
  TagKeys: list(string({ max: 2 })),
});

test("what breaks a rule is told with its value and its place, as AWS's framework does", () => {
  const cases: [string, string][] = [
    ["", "Value null at 'userName' failed to satisfy constraint: Member must not be null"],
    [
      "UserName=abcdef",
      "Value 'abcdef' at 'userName' failed to satisfy constraint: Member must have length less than or equal to 5",
    ],
    [
      "UserName=A",
      "Value 'A' at 'userName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]+",
    ],
    [
      "UserName=a&MaxItems=0",
      "Value '0' at 'maxItems' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    [
      "UserName=a&Tags.member.1.Key=b&Tags.member.2.Key=",
      "Value '' at 'tags.2.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      "UserName=a&TagKeys.member.1=b&TagKeys.member.2=ccc",
      "Value '[b, ccc]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 2]",
    ],
  ];
  for (const [query, text] of cases) {
    const message = `1 validation error detected: ${text}`;
    assert.throws(() => readInput(shape, parseQuery(query)), { code: "ValidationException", message });
  }
});
