import assert from "node:assert/strict";
import { test } from "node:test";
import * as sdk from "@aws-sdk/client-ecr";
import { wireName } from "../../server/kernel/errors.ts";
import { modelled, operations, parityPage } from "./page.ts";

const commands = Object.keys(sdk)
  .filter((it) => it.endsWith("Command") && it !== "$Command")
  .map((it) => it.slice(0, -"Command".length))
  .sort();

test("the operations of ECR's model were found", () => {
  assert.ok(commands.length > 50, "the SDK's commands were not found");
  assert.deepEqual([...modelled.keys()].sort(), commands);
  assert.ok(modelled.get("PutImage")?.includes("LayersNotFoundException"), "their exceptions were not found");
});

test("docs/parity.md is what the operations declare; `npm run parity` makes it so", () => {
  const { found, expected } = parityPage();
  assert.equal(found, expected);
});

test("every operation of ECR's model is here", () => {
  const here = new Set(operations.map((it) => it.name));
  assert.deepEqual(
    commands.filter((it) => !here.has(it)),
    [],
  );
});

test("no operation stands in two tables, and each is one of ECR's", () => {
  const names = operations.map((it) => it.name);
  assert.equal(new Set(names).size, names.length);
  assert.deepEqual(
    names.filter((it) => !commands.includes(it)),
    [],
  );
});

test("an operation refuses in no other words than ECR's model has for it", () => {
  const strange = operations.flatMap(({ name, errors }) =>
    errors.filter((code) => !modelled.get(name)?.includes(wireName(code))).map((code) => `${name}: ${code}`),
  );
  assert.deepEqual(strange, []);
});
