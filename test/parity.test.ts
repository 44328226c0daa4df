import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import * as sdk from "@aws-sdk/client-ecr";
import { authorizationTokenOperations } from "../server/identity/operations.ts";
import { imageOperations } from "../server/images/operations.ts";
import type { Operation } from "../server/kernel/operation.ts";
import { layerOperations } from "../server/layers/operations.ts";
import { repositoryOperations } from "../server/repositories/operations.ts";

// The tables are read, and none of their handlers is run: they need nothing to work with.
const nothing = {} as never;
const operations: readonly Operation[] = [
  ...authorizationTokenOperations(nothing),
  ...repositoryOperations(nothing),
  ...layerOperations(nothing),
  ...imageOperations(nothing),
];

const known = Object.keys(sdk)
  .filter((it) => it.endsWith("Command") && it !== "$Command")
  .map((it) => it.slice(0, -"Command".length))
  .sort();

async function documented(): Promise<ReadonlyMap<string, string>> {
  const page = await readFile(join(import.meta.dirname, "../docs/parity.md"), "utf8");
  const rows = [...page.matchAll(/^\| ([A-Z][A-Za-z]+) \| (yes|not yet) \|$/gm)];
  return new Map(rows.map(([, name = "", here = ""]) => [name, here]));
}

test("docs/parity.md lists every operation that the AWS SDK knows", async () => {
  assert.ok(known.length > 50, "the SDK's commands were not found");
  assert.deepEqual([...(await documented()).keys()].sort(), known);
});

test("docs/parity.md says of each operation whether it is here", async () => {
  const here = [...(await documented())].filter(([, it]) => it === "yes").map(([name]) => name);
  assert.deepEqual(here.sort(), operations.map((it) => it.name).sort());
});

test("no operation stands in two tables", () => {
  assert.equal(new Set(operations.map((it) => it.name)).size, operations.length);
});
