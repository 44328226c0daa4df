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
    [
      string({ pattern: { text: "[a]", matches: (it) => it === "a" } }),
      '"b"',
      "Member must satisfy regular expression pattern: [a]",
    ],
    [string(), '"a\\u0000"', "Member must satisfy regular expression pattern: [^\\u0000]*"],
    [enumeration("A", "B"), '"C"', "Member must satisfy enum value set: [A, B]"],
    [integer({ min: 1 }), "0", "Member must have value greater than or equal to 1"],
    [integer({ max: 1000 }), "1001", "Member must have value less than or equal to 1000"],
    [list(string(), { min: 1 }), "[]", "Member must have length greater than or equal to 1"],
    [blob({ max: 2 }), '"YWJj"', "Member must have length less than or equal to 2"],
  ];
  for (const [shape, json, constraint] of cases)
    assert.equal(refusal(structure({ it: shape }), `{"it":${json}}`), told(constraint));
});

test("what an item of a list of texts breaks is told with all that its shape demands", () => {
  const pattern = { text: "[a]*", matches: (it: string) => /^a*$/.test(it) };
  const told = (rules: string) =>
    `InvalidParameterException: Invalid parameter at 'all' failed to satisfy constraint: 'Member must satisfy constraint: [${rules}]'`;
  const refused = (of: Shape, json: string) => refusal(structure({ all: list(of) }), `{"all":${json}}`);
  assert.equal(
    refused(string({ min: 1, max: 2, pattern }), '["a","b"]'),
    told(
      "Member must have length less than or equal to 2, Member must have length greater than or equal to 1, " +
        "Member must satisfy regular expression pattern: [a]*",
    ),
  );
  assert.equal(refused(enumeration("A", "B"), '["C"]'), told("Member must satisfy enum value set: [A, B]"));
});

test("a shape that ECR checks itself is called by one name, in words of their own", () => {
  const told = (words: string) =>
    `InvalidParameterException: Invalid parameter at 'name' failed to satisfy constraint: '${words}'`;
  const pattern = { text: "[a]*", matches: (it: string) => /^a*$/.test(it) };
  const name = string({ min: 2, pattern, called: "name" });
  assert.equal(refusal(structure({ names: list(name) }), '{"names":["a"]}'), told("must have length greater than or equal to 2"));
  assert.equal(refusal(structure({ first: name }), '{"first":"bb"}'), told("must satisfy regular expression '[a]*'"));
  const bare = string({ pattern: { ...pattern, bare: true }, called: "name" });
  assert.equal(refusal(structure({ first: bare }), '{"first":"b"}'), told("must satisfy regular expression [a]*"));
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
