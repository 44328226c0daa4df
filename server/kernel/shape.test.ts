import assert from "node:assert/strict";
import { test } from "node:test";
import { blob, boolean, enumeration, integer, list, long, read, type Shape, string, structure } from "./shape.ts";

const parse = (shape: Shape, json: string) => read(shape, JSON.parse(json));

/** What reading says of a value: the code and the text of its error. */
function refusal(shape: Shape, json: string): string {
  try {
    parse(shape, json);
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return `${code}: ${message}`;
  }
  return "accepted";
}

test("members that a shape does not name reach nobody, whatever they are called", () => {
  const shape = structure({ name: string(), "count!": integer() });
  const value = parse(shape, '{"count":1,"__proto__":{"name":"x"},"constructor":{"name":"x"},"account":"1"}');
  assert.deepEqual(value, { count: 1 });
  assert.equal(({} as { name?: string }).name, undefined);
  assert.match(refusal(structure({ "toString!": string() }), "{}"), /'toString' failed .*must not be null/);
});

test("a null member is an absent one, and a null item of a list is a mistake", () => {
  assert.deepEqual(parse(structure({ name: string() }), '{"name":null}'), {});
  assert.match(refusal(structure({ "name!": string() }), '{"name":null}'), /^InvalidParameterException: .*'name'.*not be null/);
  assert.match(refusal(structure({ names: list(string()) }), '{"names":["a",null]}'), /'names.2.member'.*not be null/);
});

test("a whole number is one however it is written", () => {
  for (const text of ["3", "3.0", "30e-1", "0.3e1"]) assert.equal(parse(integer(), text), 3, text);
  for (const text of ["3.5", '"3"', "1e400", "9007199254740992"])
    assert.match(refusal(long(), text), /^SerializationException/, text);
  assert.match(refusal(integer(), "2147483648"), /^SerializationException: .*32-bit/);
  assert.equal(parse(long(), "2147483648"), 2_147_483_648);
});

test("what breaks a rule is told in ECR's words", () => {
  const told = (constraint: string) =>
    `InvalidParameterException: Invalid parameter at 'it' failed to satisfy constraint: '${constraint}'`;
  const cases: readonly (readonly [Shape, string, string])[] = [
    [string({ min: 2 }), '"a"', "Member must have length greater than or equal to 2"],
    [string({ max: 2 }), '"abc"', "Member must have length less than or equal to 2"],
    [string({ pattern: { text: "[a]", matches: (it) => it === "a" } }), '"b"', "must satisfy regular expression '[a]'"],
    [string(), '"a\\u0000"', "must satisfy regular expression '[^\\u0000]*'"],
    [enumeration("A", "B"), '"C"', "Member must satisfy enum value set: [A, B]"],
    [integer({ min: 1 }), "0", "Member must have value greater than or equal to 1"],
    [integer({ max: 1000 }), "1001", "Member must have value less than or equal to 1000"],
    [list(string(), { min: 1 }), "[]", "Member must have length greater than or equal to 1"],
    [blob({ max: 2 }), '"YWJj"', "Member must have length less than or equal to 2"],
  ];
  for (const [shape, json, constraint] of cases)
    assert.equal(refusal(structure({ it: shape }), `{"it":${json}}`), told(constraint));
});

test("what is of another type is told as such", () => {
  const cases: readonly (readonly [Shape, string])[] = [
    [string(), "1"],
    [boolean(), '"true"'],
    [list(string()), '{"0":"a"}'],
    [structure({}), "[]"],
    [blob(), '"YW Jj"'],
    [blob(), '"YWJ"'],
    // Half of a pair has no bytes in UTF-8: what is stored would not be what was sent.
    [string(), '"\\ud800"'],
  ];
  for (const [shape, json] of cases)
    assert.match(refusal(structure({ it: shape }), `{"it":${json}}`), /^SerializationException: .*'it'/);
});
