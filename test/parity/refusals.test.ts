import assert from "node:assert/strict";
import { test } from "node:test";
import { wireName } from "../../server/kernel/errors.ts";
import { openTestEcr } from "../../server/testing/ecr.ts";
import { sampleInput } from "../bad-input/samples.ts";
import { operations } from "./page.ts";
import { engineRefusals } from "./refusals/engines.ts";
import { imageRefusals } from "./refusals/images.ts";
import { layerRefusals } from "./refusals/layers.ts";
import type { Refusal } from "./refusals/refusal.ts";
import { registryRefusals } from "./refusals/registries.ts";
import { repositoryRefusals } from "./refusals/repositories.ts";

// Every error that an operation declares is provoked, and told in exactly these words.

const NOT_FOUND = "RepositoryNotFoundException";
/** All operations on a repository say the same of one that is not there. */
const notFoundRefusals = operations
  .filter(({ errors }) => errors.includes(NOT_FOUND))
  .map(({ name, input }): Refusal => {
    const ways = {
      repositoryName: "gone",
      repositoryNames: ["gone"],
      resourceArn: "arn:aws:ecr:us-east-1:000000000000:repository/gone",
    };
    const way = Object.fromEntries(Object.entries(ways).filter(([member]) => input.members[member] !== undefined));
    return {
      operation: name,
      error: NOT_FOUND,
      input: way,
      message: "The repository with name 'gone' does not exist in the registry with id '000000000000'",
    };
  });
const refusals = [
  ...notFoundRefusals,
  ...repositoryRefusals,
  ...registryRefusals,
  ...layerRefusals,
  ...imageRefusals,
  ...engineRefusals,
];

for (const { operation: name, error, quotas = {}, given, input, message } of refusals) {
  test(`${name}: ${error}`, async () => {
    const operation = operations.find((it) => it.name === name);
    assert.ok(operation !== undefined, `there is no operation ${name}`);
    await using ecr = await openTestEcr(quotas);
    await ecr.call("CreateRepository", { repositoryName: "app" });
    const brought = await given?.(ecr);
    const sent = { ...sampleInput(operation, "required"), ...brought, ...input };
    assert.deepEqual(await ecr.refusal(name, sent), {
      name: error,
      message: typeof message === "string" ? message : message(sent),
    });
  });
}

test("every error that an operation declares has a row in refusals/, and every row is of one", () => {
  const declared = new Set(operations.flatMap(({ name, errors }) => errors.map((code) => `${name}: ${wireName(code)}`)));
  const provoked = new Set(refusals.map((it) => `${it.operation}: ${it.error}`));
  assert.deepEqual([...declared.difference(provoked)], []);
  assert.deepEqual([...provoked.difference(declared)], []);
});
