import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { duplicateKey } from "./json.ts";

test("a member that an object names twice is found at any depth and in any spelling", () => {
  for (const [json, key] of [
    ['{"a":1,"a":2}', "a"],
    ['{"a":1,"b":{"c":1,"c":1},"a":2}', "c"],
    ['[{"a":1},[{"b":[], "b" \t\r\n:{}}]]', "b"],
    [String.raw`{"a":1,"\u0061":2}`, "a"],
    [String.raw`{"\"":1,"\u0022":2}`, '"'],
    ['{"":1,"":2}', ""],
    ['{"__proto__":1,"__proto__":2}', "__proto__"],
  ] as const) {
    assert.equal(duplicateKey(json), key, json);
  }
});

test("the same name in different objects, or as a value, is no duplicate", () => {
  for (const json of [
    '{"a":{"a":{"a":"a"}}}',
    '[{"a":1},{"a":1}]',
    '{"a":["a","a"],"b":"a"}',
    '{"a":1,"A":2}',
    String.raw`{"a":"\"a\":","b\\":"{","b":"}"}`,
    '"a"',
    "1",
    "[]",
  ]) {
    assert.equal(duplicateKey(json), undefined, json);
  }
});

test("what JSON.stringify writes never has a duplicate, however it is indented", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, "\t"), (value, indent) => {
      assert.equal(duplicateKey(JSON.stringify(value, null, indent)), undefined);
    }),
  );
});
