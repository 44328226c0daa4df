import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { boolean, integer, list, string, structure } from "../kernel/shape.ts";
import { parseQuery, queryInput } from "./query-input.ts";

const SHAPE = structure({
  Name: string(),
  DurationSeconds: integer(),
  DryRun: boolean(),
  Tags: list(structure({ Key: string(), Value: string() })),
  PolicyArns: list(string()),
});
const inputOf = (text: string): unknown => queryInput(SHAPE, parseQuery(text));

test("parameters become the input that the shape describes", () => {
  const text =
    "Name=a%20b+c&DurationSeconds=900&DryRun=true&Tags.member.1.Key=k&Tags.member.1.Value=v&Tags.member.2.Key=l&Other=x";
  assert.deepEqual(inputOf(text), {
    Name: "a b c",
    DurationSeconds: 900,
    DryRun: true,
    Tags: [{ Key: "k", Value: "v" }, { Key: "l" }],
  });
});

test("the empty list is sent as a name alone, and a gap ends a list", () => {
  assert.deepEqual(inputOf("PolicyArns="), { PolicyArns: [] });
  assert.deepEqual(inputOf("PolicyArns.member.1=a&PolicyArns.member.3=c"), { PolicyArns: ["a"] });
  assert.deepEqual(inputOf("PolicyArns.member.999999999=a"), { PolicyArns: [] });
});

test("what does not fit its type stays a text, which the shape then refuses", () => {
  assert.deepEqual(inputOf("DurationSeconds=soon&DryRun=maybe"), { DurationSeconds: "soon", DryRun: "maybe" });
});

test("too many parameters and too deep names are refused", () => {
  assert.throws(() => parseQuery("a=1&".repeat(1_001)), { code: "ValidationException" });
  assert.throws(() => parseQuery(`${"a.".repeat(20)}b=1`), { code: "ValidationException" });
});

test("no text does anything but parse or be refused", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      assert.equal(typeof inputOf(`${text}&__proto__.x=1&constructor.member.1=2`), "object");
    }),
  );
});
