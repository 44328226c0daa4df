import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { test } from "node:test";
import type { AccountId, Digest } from "../../kernel/names.ts";
import { read } from "../../kernel/shape.ts";
import { bodyOf, sha } from "../../testing/blobs-suite.ts";
import { testCall, testRegistry } from "../../testing/call.ts";
import { type DiskLayers, openDiskLayers } from "../../testing/disk-layers.ts";
import { app, other, pushLayer } from "../../testing/layers.ts";
import { mountLayer } from "../mount-layer.ts";
import { scrubOperations } from "./describe-scrub.ts";
import { beginPass } from "./pass-rows.ts";
import { runPass } from "./run-pass.ts";

const call = testCall();
const stranger = testCall({ registry: { ...testRegistry, account: "111111111111" as AccountId } });
const options = { signal: call.client.signal, rate_bytes: Number.POSITIVE_INFINITY };

async function describe(it: DiskLayers, input: object = {}, by = call): Promise<any> {
  const [operation] = scrubOperations({ ...it.deps, account: testRegistry.account });
  assert.ok(operation);
  return JSON.parse(JSON.stringify(await operation.handle(by, read(operation.input, input) as never)));
}

async function openDamaged(count: number): Promise<{ it: DiskLayers; digests: readonly Digest[] }> {
  const it = await openDiskLayers();
  const digests: Digest[] = [];
  for (let number = 0; number < count; number++) {
    const bytes = randomBytes(100);
    digests.push(sha(bytes));
    await pushLayer(it.deps, call, { name: app, digest: sha(bytes), body: bodyOf(bytes), expected_bytes: 100 });
    await mountLayer(it.deps, call, { name: other, digest: sha(bytes), from: [app] });
    await rm(it.fileOf(sha(bytes)));
  }
  return { it, digests: digests.sort() };
}

test("before the first pass there is nothing to tell", async () => {
  await using it = await openDiskLayers();
  assert.deepEqual(await describe(it), { damagedLayers: [] });
});

test("a pass that is under way tells how far it is, and one that has ended when", async () => {
  const { it, digests } = await openDamaged(1);
  await using _it = it;
  await it.deps.metadata.writeGlobal((tx) => beginPass(tx, it.clock.now()));
  const startedAt = it.clock.now() / 1000;
  const nothing = { layerCount: 0, layerBytes: 0, damagedLayerCount: 0 };
  assert.deepEqual((await describe(it)).currentPass, { startedAt, ...nothing, share: 0 });
  const pass = await it.deps.metadata.writeGlobal((tx) => beginPass(tx, it.clock.now()));
  await runPass(it.deps, pass, options);
  const { currentPass, lastPass, damagedLayers } = await describe(it);
  assert.equal(currentPass, undefined);
  const counts = { layerCount: 1, layerBytes: 0, damagedLayerCount: 1 };
  assert.deepEqual(lastPass, { startedAt: pass.started_ms / 1000, endedAt: startedAt, ...counts });
  const layer = { layerDigest: digests[0], foundAt: startedAt, reason: "Its bytes are not there." };
  assert.deepEqual(damagedLayers, [{ ...layer, repositoryNames: [app, other] }]);
});

test("damaged layers come by the page, and each account sees its own alone and no counts of all", async () => {
  const { it, digests } = await openDamaged(5);
  await using _it = it;
  await runPass(it.deps, await it.deps.metadata.writeGlobal((tx) => beginPass(tx, it.clock.now())), options);
  const found: string[] = [];
  for (let nextToken: string | undefined; ; ) {
    const page = await describe(it, { maxResults: 2, nextToken });
    found.push(...page.damagedLayers.map((layer: { layerDigest: string }) => layer.layerDigest));
    nextToken = page.nextToken;
    if (nextToken === undefined) break;
  }
  assert.deepEqual(found, digests);
  const { lastPass, damagedLayers, nextToken } = await describe(it, { maxResults: 1 }, stranger);
  assert.deepEqual(damagedLayers, []);
  // An empty page with more behind it would tell that others' layers are damaged, and page by page how many.
  assert.equal(nextToken, undefined);
  assert.deepEqual(Object.keys(lastPass), ["startedAt", "endedAt"]);
});
