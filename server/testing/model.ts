import assert from "node:assert/strict";
import * as sdk from "@aws-sdk/client-ecr";
import { NormalizedSchema } from "@smithy/core/schema";

const exported: Readonly<Record<string, unknown>> = { ...sdk };

/** What ECR's model says of an operation's input. Throws for an operation that it does not have. */
export function inputOf(operation: string): NormalizedSchema {
  return schemaOf(operation, "Request");
}

function schemaOf(operation: string, part: "Request" | "Response"): NormalizedSchema {
  const schema = exported[`${operation}${part}$`];
  assert.ok(schema !== undefined, `ECR's model has no ${part} of ${operation}`);
  return NormalizedSchema.of(schema as Parameters<typeof NormalizedSchema.of>[0]);
}

/** Members that our answers have beside those of ECR's model, by the structure: clients drop what they do not know. */
const OURS: Readonly<Record<string, Readonly<Record<string, "number">>>> = {
  ImageDetail: { lastInUseAt: "number", inUseCount: "number" },
};

type Times = "as on the wire" | "as the CLI prints them";

/** Fails unless an answer has nothing but members that ECR's model knows or that are ours, of the right types. */
export function assertOutput(
  operation: string,
  output: unknown,
  { times = "as on the wire" }: { readonly times?: Times } = {},
): void {
  check(schemaOf(operation, "Response"), output, { path: operation, times });
}

function check(schema: NormalizedSchema, value: unknown, at: { readonly path: string; readonly times: Times }): void {
  const { path, times } = at;
  const below = (step: string) => ({ path: `${path}${step}`, times });
  if (schema.isStructSchema()) {
    assert.ok(typeof value === "object" && value !== null && !Array.isArray(value), `${path} must be a structure`);
    const members = new Map(schema.structIterator());
    for (const [name, member] of Object.entries(value)) {
      const ours = OURS[schema.getName() ?? ""]?.[name];
      if (ours !== undefined) {
        assert.equal(typeof member, ours, `the type of ${path}.${name}`);
        continue;
      }
      const known = members.get(name);
      assert.ok(known !== undefined, `${path} has a member that ECR's model does not have: ${name}`);
      check(known, member, below(`.${name}`));
    }
  } else if (schema.isListSchema()) {
    assert.ok(Array.isArray(value), `${path} must be a list`);
    for (const [index, item] of value.entries()) check(schema.getValueSchema(), item, below(`[${index}]`));
  } else if (schema.isMapSchema()) {
    assert.ok(typeof value === "object" && value !== null, `${path} must be a map`);
    for (const [key, item] of Object.entries(value)) check(schema.getValueSchema(), item, below(`.${key}`));
  } else if (!(schema.isTimestampSchema() && times === "as the CLI prints them")) {
    assert.equal(typeof value, jsonTypeOf(schema), `the type of ${path}`);
  }
}

function jsonTypeOf(schema: NormalizedSchema): "string" | "number" | "boolean" {
  if (schema.isBooleanSchema()) return "boolean";
  return schema.isNumericSchema() || schema.isTimestampSchema() ? "number" : "string";
}
