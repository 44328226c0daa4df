import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import * as sdk from "@aws-sdk/client-ecr";
import type { NormalizedSchema } from "@smithy/core/schema";
import fc from "fast-check";
import type { Pattern, Shape, StructureShape } from "../../server/kernel/shape.ts";
import { inputOf } from "../../server/testing/model.ts";
import { CONSTRAINTS, SHAPE_OF_MEMBER } from "./constraints.ts";
import { modelled, operations } from "./page.ts";

// Every declaration against what the SDK knows of ECR's model, and against the bounds that it does not know.

const exported: Readonly<Record<string, unknown>> = { ...sdk };
const PATTERN_RUNS = 300;

// Some of ECR's patterns nest their quantifiers: what backtracks for too long is matched again in linear time.
setFlagsFromString("--enable-experimental-regexp-engine-on-excessive-backtracks");

for (const operation of operations) {
  test(`${operation.name} takes what ECR's model says`, () => {
    assert.deepEqual(strays(inputOf(operation.name), operation.input, operation.name), []);
  });
}

test("each bound of the table is one of a member that ECR's model has", () => {
  const known = new Set([...modelled.keys()].flatMap((name) => memberNames(inputOf(name))));
  assert.deepEqual(
    Object.keys(SHAPE_OF_MEMBER).filter((it) => !known.has(it)),
    [],
  );
  const named = new Set([...Object.values(SHAPE_OF_MEMBER), ...Object.values(CONSTRAINTS).map((it) => it.of)]);
  assert.deepEqual(
    Object.keys(CONSTRAINTS).filter((it) => !named.has(it)),
    [],
  );
  const nowhere = [...named].filter((it) => it !== undefined && !(it in CONSTRAINTS) && enumOf(it) === undefined);
  assert.deepEqual(nowhere, []);
});

describe("a pattern matches by hand what its text matches", () => {
  for (const { min = 0, max = Number.POSITIVE_INFINITY, pattern } of patterned()) {
    test(`${pattern.text}, ${min} to ${max}`, () => {
      // What ECR quotes has to match the whole.
      const expression = new RegExp(`^(?:${pattern.text})$`);
      const alphabet = fc.constantFrom(..."a0Z/._-*:@+=, é", "ROOT", "arn:aws", "__", "--", "sha256:");
      const near = fc.array(alphabet, { maxLength: 8 }).map((it) => it.join(""));
      const changed = fc
        .tuple(fc.stringMatching(expression, { maxLength: 300 }), fc.nat(), alphabet)
        .map(([it, at, extra]) => it.slice(0, at % (it.length + 1)) + extra + it.slice(at % (it.length + 1)));
      const any = fc.oneof(near, fc.stringMatching(expression, { maxLength: 300 }), changed);
      const fitting = any.filter((it) => it.length >= min && it.length <= max);
      fc.assert(
        fc.property(fitting, (it) => pattern.matches(it) === expression.test(it)),
        { numRuns: PATTERN_RUNS },
      );
    });
  }
});

/** How a declaration differs from the model, as sentences. */
function strays(schema: NormalizedSchema, shape: Shape, path: string): string[] {
  const kind = kindOf(schema);
  const declared = shape.kind === "long" ? "integer" : shape.kind;
  if (declared !== kind) return [`${path} is ${shape.kind}, and in ECR's model ${kind}`];
  if (shape.kind === "structure") return structureStrays(schema, shape, path);
  if (shape.kind === "list") return strays(schema.getValueSchema(), shape.of, `${path}[]`);
  return [];
}

function structureStrays(schema: NormalizedSchema, shape: StructureShape, path: string): string[] {
  const members = new Map(schema.structIterator());
  const found: string[] = [];
  for (const name of Object.keys(shape.members)) {
    if (!members.has(name)) found.push(`${path}.${name} is not in ECR's model`);
  }
  const required = requiredOf(schema);
  for (const [name, member] of members) {
    const declared = shape.members[name];
    const at = `${path}.${name}`;
    if (declared === undefined) {
      found.push(`${at} is missing`);
      continue;
    }
    if (shape.required.includes(name) !== required.has(name))
      found.push(`${at} is ${required.has(name) ? "" : "not "}required in ECR's model`);
    const named = SHAPE_OF_MEMBER[`${schema.getName()}.${name}`] ?? SHAPE_OF_MEMBER[name];
    found.push(...strays(member, declared, at), ...boundStrays(named, declared, at));
  }
  return found;
}

/** How the bounds of a member differ from those of the shape of this name; without one there are to be none. */
function boundStrays(named: string | undefined, shape: Shape, path: string): string[] {
  // The bounds of a structure's members are looked at with its members.
  if (shape.kind === "structure") return [];
  const { of, ...expected } = CONSTRAINTS[named ?? ""] ?? {};
  const values = enumOf(named);
  const inItems = shape.kind === "list" ? boundStrays(of, shape.of, `${path}[]`) : [];
  const [was, is] = [JSON.stringify({ ...expected, enum: values }), JSON.stringify(boundsOf(shape))];
  return was === is ? inItems : [`${path} is bound by ${is}, and in ECR's model (${named ?? "unnamed"}) by ${was}`, ...inItems];
}

/** In the order in which the table has them. */
function boundsOf(shape: Exclude<Shape, StructureShape>): object {
  const { min = 0, max, pattern, enum: values } = shape as { min?: number; max?: number; pattern?: Pattern; enum?: string[] };
  return {
    min: min === 0 ? undefined : min,
    max,
    pattern: pattern?.text,
    type: shape.kind === "long" ? "long" : undefined,
    enum: values?.toSorted(),
  };
}

/** The values of an enumeration of ECR's model, sorted: messages list them in an order of their own. */
function enumOf(name: string | undefined): readonly string[] | undefined {
  const values = exported[name ?? ""];
  return typeof values === "object" && values !== null ? Object.values(values as Record<string, string>).sort() : undefined;
}

/** A struct's schema lists its required members first, and says last how many they are. */
function requiredOf(schema: NormalizedSchema): ReadonlySet<string> {
  const [, , , , names, , count = 0] = schema.getSchema() as readonly [
    number,
    string,
    string,
    unknown,
    string[],
    unknown,
    number?,
  ];
  return new Set(names.slice(0, count));
}

function kindOf(schema: NormalizedSchema): Shape["kind"] {
  if (schema.isStructSchema()) return "structure";
  if (schema.isListSchema()) return "list";
  if (schema.isBlobSchema()) return "blob";
  if (schema.isBooleanSchema()) return "boolean";
  if (schema.isNumericSchema()) return "integer";
  assert.ok(schema.isStringSchema(), `a kind of schema that no declaration has: ${schema.getName()}`);
  return "string";
}

/** The members of a structure, recursively, by their names alone and with their structure's name. */
function memberNames(schema: NormalizedSchema): string[] {
  if (schema.isListSchema()) return memberNames(schema.getValueSchema());
  if (!schema.isStructSchema()) return [];
  return [...schema.structIterator()].flatMap(([name, member]) => [name, `${schema.getName()}.${name}`, ...memberNames(member)]);
}

/** Everything with a pattern in any declaration, each kind once. */
function patterned(): Iterable<{ readonly min?: number; readonly max?: number; readonly pattern: Pattern }> {
  const found = new Map<string, { min?: number; max?: number; pattern: Pattern }>();
  const visit = (shape: Shape): void => {
    if (shape.kind === "structure") for (const member of Object.values(shape.members)) visit(member);
    else if (shape.kind === "list") visit(shape.of);
    else if (shape.kind === "string" && shape.pattern !== undefined)
      found.set(JSON.stringify(shape), { ...shape, pattern: shape.pattern });
  };
  for (const { input } of operations) visit(input);
  return found.values();
}
