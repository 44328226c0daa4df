import fc from "fast-check";
import type { Operation } from "../../server/kernel/operation.ts";
import type { Shape } from "../../server/kernel/shape.ts";
import { KNOWN } from "./samples.ts";

type Body = string | Uint8Array;

/** Texts, numbers and structures that have broken servers before. Of these, each may stand in any member's place. */
const HOSTILE: readonly unknown[] = [
  null,
  "",
  "\0",
  "a\0b",
  "\ud800",
  "\udfff\ud800",
  "\u202e\ufeff\u{1F600}",
  "../../../etc/passwd",
  "' or 1=1; --",
  "%s%n${jndi:ldap://x}",
  "a".repeat(100_000),
  "é".repeat(40_000),
  "a-".repeat(20_000),
  "*".repeat(20_000),
  "=".repeat(10_000),
  0,
  -0,
  -1,
  0.1,
  1e308,
  Number.MAX_SAFE_INTEGER + 1,
  2 ** 31,
  [],
  [[[[[[]]]]]],
  Array.from({ length: 5_000 }, () => "a"),
  Array.from({ length: 5_000 }, () => ({})),
  {},
  JSON.parse('{"__proto__":{"registryId":"999999999999"}}'),
  JSON.parse('{"constructor":{"prototype":{"force":true}}}'),
  JSON.parse('{"length":1e9,"0":"a"}'),
  { toString: 1, valueOf: 1, toJSON: 1, hasOwnProperty: 1 },
];
/** Whole bodies that no JSON writer makes. */
const HOSTILE_TEXTS: readonly string[] = [
  "",
  " ",
  "null",
  "NaN",
  "\ufeff{}",
  "{'a':1}",
  '{"a":1,}',
  "{}{}",
  "[".repeat(100_000),
  '{"a":'.repeat(30_000),
  `${"[".repeat(64)}${"]".repeat(64)}`,
  `{"maxResults":${"9".repeat(100_000)}}`,
  '{"maxResults":1e999999999}',
  '{"maxResults":-0}',
  `{"repositoryName":"${"\\u0061".repeat(30_000)}"}`,
  '{"repositoryName":"\\u0000"}',
  '{"repositoryName":"\\ud800"}',
  '{"repositoryName":"app","repositoryName":["app"]}',
  '{"__proto__":{"repositoryName":"app"}}',
  '{"__proto__":null,"constructor":null}',
  `{${Array.from({ length: 10_000 }, (_, at) => `"m${at}":0`).join(",")}}`,
  `{"repositoryName":"app"}${" ".repeat(200_000)}`,
  `"${"\\".repeat(1_001)}`,
];

/** Bodies for an operation: from right in every member, over right but for a few, to not even text. */
export function bodiesFor(operation: Operation): fc.Arbitrary<Body> {
  const near = inputs(operation.input, "").map((it) => JSON.stringify(it));
  return fc.oneof(
    { weight: 6, arbitrary: near },
    { weight: 2, arbitrary: near.chain(cut) },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: fc.constantFrom(...HOSTILE_TEXTS) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 2_000 }) },
  );
}

/** Values of a shape, some of them known to mean something, and now and then something else altogether. */
function inputs(shape: Shape, member: string): fc.Arbitrary<unknown> {
  const known = KNOWN[member];
  const right = known === undefined ? valuesOf(shape) : fc.oneof({ weight: 4, arbitrary: like(known) }, valuesOf(shape));
  if (member === "") return right;
  return fc.oneof(
    { weight: 16, arbitrary: right },
    { weight: 1, arbitrary: fc.constantFrom(...HOSTILE) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  );
}

/** A value, or for the text of a document at times one that is nearly it. */
function like(known: unknown): fc.Arbitrary<unknown> {
  if (typeof known !== "string" || !known.startsWith("{")) return fc.constant(known);
  const weird = fc.oneof(fc.constantFrom(...HOSTILE), fc.jsonValue({ maxDepth: 3 }));
  const changed = fc.tuple(fc.nat(), weird).map(([at, value]) => JSON.stringify(replaced(known, at, value)));
  return fc.oneof(fc.constant(known), { weight: 2, arbitrary: changed }, cut(known));
}

/** JSON in which one value is another: which one, a count of them says. */
function replaced(json: string, at: number, value: unknown): unknown {
  let left = at % (json.match(/[,:[{]/g)?.length ?? 1);
  return JSON.parse(json, (_name, it: unknown) => (left-- === 0 ? value : it));
}

/** A text from which some is taken, and to which some is added. */
function cut(text: string): fc.Arbitrary<string> {
  return fc.tuple(fc.nat(), fc.nat(40), fc.string({ unit: "binary", maxLength: 8 })).map(([from, length, put]) => {
    const at = from % (text.length + 1);
    return text.slice(0, at) + put + text.slice(at + length);
  });
}

function valuesOf(shape: Shape): fc.Arbitrary<unknown> {
  switch (shape.kind) {
    case "structure": {
      const members = Object.entries(shape.members).map(([name, it]) => [name, inputs(it, name)] as const);
      return fc.record(Object.fromEntries(members), { requiredKeys: [...shape.required] });
    }
    case "list":
      return fc.array(valuesOf(shape.of), {
        minLength: shape.min ?? 0,
        maxLength: Math.min(shape.max ?? 3, (shape.min ?? 0) + 2),
      });
    case "integer":
    case "long":
      return fc.integer({ min: shape.min ?? -2, max: shape.max ?? 2 ** 31 });
    case "boolean":
      return fc.boolean();
    case "blob":
      return fc.uint8Array({ maxLength: 100 }).map((it) => Buffer.from(it).toString("base64"));
    case "string":
      if (shape.enum !== undefined) return fc.constantFrom(...shape.enum);
      if (shape.pattern !== undefined)
        return fc.stringMatching(new RegExp(`^(?:${shape.pattern.text})$`), { maxLength: shape.max ?? 64 });
      return fc.oneof(fc.string({ unit: "binary" }), fc.json());
  }
}
