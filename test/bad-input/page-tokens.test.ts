import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import type { Call } from "../../server/kernel/call.ts";
import type { AccountId, Region } from "../../server/kernel/names.ts";
import type { Operation } from "../../server/kernel/operation.ts";
import { testRegistry } from "../../server/testing/call.ts";
import { openTestEcr, type TestEcr } from "../../server/testing/ecr.ts";
import { operations } from "../parity/page.ts";
import { KNOWN, sampleInput } from "./samples.ts";
import { furnish } from "./scene.ts";

const RUNS = 300;
/** What each of these makes a second one of, so that a page of one is not the last. */
const SECONDS: readonly (readonly [string, object])[] = [
  ["CreateRepository", { repositoryName: "other" }],
  ["CreateRepositoryCreationTemplate", { prefix: "other" }],
  ["CreatePullThroughCacheRule", { ecrRepositoryPrefix: "other" }],
  ["RegisterPullTimeUpdateExclusion", { principalArn: "arn:aws:iam::000000000000:role/other" }],
  ["PutImage", { imageManifest: referrer("one") }],
  ["PutImage", { imageManifest: referrer("two") }],
];
/** Nothing has these here that would fill a page: engines come later, and previews have tests of their own. */
const EMPTY = new Set([
  "DescribeImageScanFindings",
  "DescribeReplicationBackfillResults",
  "GetLifecyclePolicyPreview",
  "ListReplicationBackfills",
]);
const REFUSAL = {
  name: "InvalidParameterException",
  message: "Invalid parameter at 'nextToken' failed to satisfy constraint: 'The token does not belong to this request'",
};

const paged = operations.filter((it) => it.input.members["nextToken"] !== undefined);
let ecr: TestEcr;
/** By their operations. */
const tokens = new Map<string, string>();

before(async () => {
  ecr = await openTestEcr();
  await furnish(operations, ecr.call);
  for (const [name, more] of SECONDS) {
    const operation = operations.find((it) => it.name === name);
    if (operation !== undefined) await ecr.call(name, { ...sampleInput(operation, "required"), ...more });
  }
  for (const operation of paged) {
    if (EMPTY.has(operation.name)) continue;
    const { nextToken } = await ecr.call(operation.name, inputOf(operation));
    assert.equal(typeof nextToken, "string", `${operation.name} has no second page`);
    tokens.set(operation.name, nextToken);
  }
});
after(() => ecr[Symbol.asyncDispose]());

/** A request for the first page, of one thing. */
function inputOf(operation: Operation): Record<string, unknown> {
  return { ...sampleInput(operation, "required"), maxResults: 1 };
}

for (const operation of paged) {
  if (EMPTY.has(operation.name)) {
    test(`${operation.name} does not take a token for another's page`, async () => {
      for (const nextToken of tokens.values()) await ecr.refusal(operation.name, { ...inputOf(operation), nextToken });
    });
    continue;
  }

  describe(`a page of ${operation.name}`, () => {
    const refuses = async (more: object, changes: Partial<Call> = {}): Promise<void> => {
      const input = { nextToken: tokens.get(operation.name), ...inputOf(operation), ...more };
      assert.deepEqual(await ecr.refusal(operation.name, input, changes), REFUSAL, JSON.stringify(more));
    };

    test("is had with its own token, as often as one likes", async () => {
      const input = { ...inputOf(operation), nextToken: tokens.get(operation.name) };
      const page = async (): Promise<object> => ({ ...(await ecr.call(operation.name, input)), nextToken: undefined });
      assert.deepEqual(await page(), await page());
    });

    test("is not had with the token of another operation", async () => {
      for (const [name, nextToken] of tokens) if (name !== operation.name) await refuses({ nextToken });
    });

    test("is not had with the token of another account, region, repository or filter", async () => {
      await refuses({}, { registry: { ...testRegistry, account: "111111111111" as AccountId } });
      await refuses({}, { registry: { ...testRegistry, region: "us-west-2" as Region } });
      if (operation.input.required.includes("repositoryName")) await refuses({ repositoryName: "other" });
      const filter = operation.input.members["filter"];
      if (filter?.kind !== "structure") return;
      for (const [name, shape] of Object.entries(filter.members))
        if (shape.kind === "string") for (const value of shape.enum ?? []) await refuses({ filter: { [name]: value } });
    });

    test("is not had with a token that was altered, or made up", async () => {
      const own = tokens.get(operation.name) ?? "";
      const altered = fc
        .tuple(fc.nat(own.length), fc.nat(8), fc.string({ unit: "binary-ascii", maxLength: 4 }))
        .map(([at, length, put]) => own.slice(0, at) + put + own.slice(at + length));
      const flipped = fc.nat(own.length - 1).map((at) => own.slice(0, at) + swapped(own.charAt(at)) + own.slice(at + 1));
      const madeUp = fc.oneof(
        fc.constant(""),
        fc.base64String(),
        fc.string({ unit: "grapheme" }),
        fc.constant("a".repeat(50_000)),
      );
      const foreign = fc.oneof(altered, flipped, madeUp).filter((it) => it !== own && !it.includes("\0"));
      await fc.assert(
        fc.asyncProperty(foreign, (nextToken) => refuses({ nextToken })),
        { numRuns: RUNS },
      );
    });
  });
}

/** Another character, of those that may stand in a token. */
function swapped(character: string): string {
  return character === "A" ? "B" : "A";
}

/** The manifest of an image that refers to the sample's. */
function referrer(name: string): string {
  const manifest = JSON.parse(String(KNOWN["imageManifest"]));
  const subject = { mediaType: manifest.mediaType, digest: KNOWN["imageDigest"], size: String(KNOWN["imageManifest"]).length };
  return JSON.stringify({ ...manifest, subject, annotations: { name } });
}
