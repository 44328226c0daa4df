import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { findJsonBreak } from "./json-break.ts";

function say(text: string): string {
  const broken = findJsonBreak(text);
  return broken === undefined ? "JSON" : `${broken.line}:${broken.column} ${broken.expected}, not ${broken.found}`;
}

test("JSON breaks nowhere", () => {
  for (const text of ["{}", " [ ] ", '{"a":[1,-2.5e+3,true,null,"\\u00e9\\n"],"b":{}}\n', '"中"', "0"])
    assert.equal(say(text), "JSON");
});

test("a break is said by line and column", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["", "1:1 a value, not the end of the text"],
    ["// a comment\n{}", "1:1 a value, not '/'"],
    ["{\n  // a comment\n}", "2:3 a name in double quotes or '}', not '/'"],
    ['{"a":1,}', "1:8 a name in double quotes, not '}'"],
    ["[1,]", "1:4 a value, not ']'"],
    ["{'a':1}", "1:2 a name in double quotes or '}', not '''"],
    ['{"a" 1}', "1:6 ':', not '1'"],
    ['{"a":1\n"b":2}', "2:1 ',' or '}', not '\"'"],
    ['{"a":}', "1:6 a value, not '}'"],
    ['["中文" "b"]', "1:7 ',' or ']', not '\"'"],
    ['["a\nb"]', "1:4 the '\"' that ends the string, not the end of the line"],
    ['["\\x"]', "1:4 an escape that JSON knows, not 'x'"],
    ["{}}", "1:3 the end of the text, not '}'"],
    ["[01]", "1:3 ',' or ']', not '1'"],
    ["\ufeff{}", "1:1 a value, not the character U+FEFF"],
    ["[", "1:2 a value or ']', not the end of the text"],
  ];
  for (const [text, said] of cases) assert.equal(say(text), said, text);
});

test("it agrees with the parser about every text", () => {
  const piece = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"',
    '"a"',
    "\\",
    "1",
    "-",
    ".",
    "e",
    "0",
    "true",
    "nul",
    " ",
    "\n",
    "\t",
    "é",
  );
  const mutated = fc.tuple(fc.json(), fc.nat(), fc.string({ maxLength: 2 })).map(([json, at, other]) => {
    const place = at % (json.length + 1);
    return json.slice(0, place) + other + json.slice(place + 1);
  });
  const text = fc.oneof(
    fc.array(piece).map((it) => it.join("")),
    fc.json(),
    mutated,
  );
  fc.assert(
    fc.property(text, (it) => {
      assert.equal(findJsonBreak(it) === undefined, isJson(it));
    }),
    { numRuns: 20_000 },
  );
});

test("deep nesting and long strings take one pass", () => {
  assert.equal(say("[".repeat(200_000)), "1:200001 a value or ']', not the end of the text");
  assert.equal(say(`"${"a".repeat(2_000_000)}`), "1:2000002 the '\"' that ends the string, not the end of the text");
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
