import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { DELETING_LEASE_S, LAYER_LEASE_S, UPLOAD_LIFETIME_S } from "../../kernel/limits.ts";
import { query } from "../../platform/metadata/query.ts";
import { bodyOf, readBlob, sha } from "../../testing/blobs-suite.ts";
import { testCall } from "../../testing/call.ts";
import { app, openTestLayers, other, pushLayer, type TestLayers } from "../../testing/layers.ts";
import { checkAvailability } from "../check-availability.ts";
import { findLayer, openLayer } from "../find-layer.ts";
import { reapUploads } from "../jobs.ts";
import { mountLayer } from "../mount-layer.ts";
import { expectLayer, putLayer } from "../put-layer.ts";
import { collectGarbage, removeUnneededLayers } from "./collect-garbage.ts";
import { deleteBytes, newMark } from "./delete-bytes.ts";
import { type Mark, removeMarks } from "./deleting-rows.ts";
import { BEFORE_ALL, BEHIND_ALL, stretchOf } from "./unneeded-rows.ts";

/** A push and a collector, step by step, in every order that matters. */

const call = testCall();
const { signal } = new AbortController();
const bytes = randomBytes(1_000);
const digest = sha(bytes);
const whole = { name: app, digest, expected_bytes: bytes.length };

/** A layer that nobody needs and whose lease has run out. */
async function openWithGarbage(): Promise<TestLayers> {
  const it = await openTestLayers();
  await pushLayer(it.deps, call, { ...whole, body: bodyOf(bytes) });
  it.clock.advance(LAYER_LEASE_S * 1000 + 1);
  return it;
}

const expect = (it: TestLayers) => expectLayer(it.deps, call, whole);

/** The first step of a collector: layers go out of their repositories, and their bytes are marked. */
async function mark(it: TestLayers): Promise<{ mark: Mark; marked: readonly string[] }> {
  const taken = newMark("collector", it.clock.now());
  const stretch = stretchOf(BEFORE_ALL, BEHIND_ALL, it.clock.now());
  const { marked } = await it.deps.metadata.writeGlobal((tx) => removeUnneededLayers(tx, stretch, taken));
  return { mark: taken, marked };
}

/** The second one: the bytes go. */
async function erase(it: TestLayers, taken: Mark): Promise<void> {
  await deleteBytes(it.deps.blobs, [digest], taken, it.clock.now());
}

/** The last one. */
const unmark = (it: TestLayers, taken: Mark) => it.deps.metadata.writeGlobal((tx) => removeMarks(tx, [digest], taken));

async function assertWhole(it: TestLayers): Promise<void> {
  await using blob = await openLayer(it.deps, call, { name: app, digest });
  assert.equal(blob.size, bytes.length);
  assert.deepEqual(await readBlob(it.deps.blobs, digest), bytes);
}

const completing = query()((db) => db.selectFrom("uploads").select("completing"));

test("a push that names its bytes first keeps them", async () => {
  await using it = await openWithGarbage();
  const expected = await expect(it);
  const { marked } = await mark(it);
  assert.deepEqual(marked, []);
  await putLayer(it.deps, call, expected, { body: bodyOf(bytes) });
  await assertWhole(it);
});

for (const step of ["marked", "erased", "unmarked"] as const) {
  test(`a push that comes when the collector has ${step} its bytes brings them again`, async () => {
    await using it = await openWithGarbage();
    const { mark: taken, marked } = await mark(it);
    assert.deepEqual(marked, [digest]);
    if (step !== "marked") await erase(it, taken);
    if (step === "unmarked") await unmark(it, taken);
    const pushing = putLayer(it.deps, call, await expect(it), { body: bodyOf(bytes) });
    if (step === "marked") await erase(it, taken);
    if (step !== "unmarked") await unmark(it, taken);
    await pushing;
    await assertWhole(it);
    assert.equal((await collectGarbage(it.deps, signal)).layers, 0);
    await assertWhole(it);
  });

  test(`a push goes on after the time of a collector that died when it had ${step} the bytes, who does no harm when it wakes`, async () => {
    await using it = await openWithGarbage();
    const { mark: taken } = await mark(it);
    if (step !== "marked") await erase(it, taken);
    if (step === "unmarked") await unmark(it, taken);
    const expected = await expect(it);
    it.clock.advance(DELETING_LEASE_S * 1000);
    await putLayer(it.deps, call, expected, { body: bodyOf(bytes) });
    await assertWhole(it);
    await erase(it, taken);
    await unmark(it, taken);
    await assertWhole(it);
  });

  test(`a collector that died when it had ${step} the bytes is followed by another`, async () => {
    await using it = await openWithGarbage();
    const { mark: taken } = await mark(it);
    if (step !== "marked") await erase(it, taken);
    if (step === "unmarked") await unmark(it, taken);
    it.clock.advance(DELETING_LEASE_S * 1000);
    const done = await collectGarbage(it.deps, signal);
    assert.equal(done.unfinished.bytes, step === "marked" ? bytes.length : 0);
    assert.equal(await it.deps.blobs.size(digest), undefined);
  });
}

test("a push that died when its bytes were named keeps them until it is reaped, and no longer", async () => {
  await using it = await openWithGarbage();
  await expect(it);
  assert.deepEqual((await mark(it)).marked, []);
  it.clock.advance(UPLOAD_LIFETIME_S * 1000 - 1);
  assert.equal((await collectGarbage(it.deps, signal)).unnamed.count, 0);
  it.clock.advance(2);
  await reapUploads(it.deps, signal);
  assert.equal((await collectGarbage(it.deps, signal)).unnamed.count, 1);
});

test("a mount, and hearing that a layer is there, keep it; after the collector they find nothing", async () => {
  const keeps: readonly ((it: TestLayers) => Promise<boolean>)[] = [
    (it) => mountLayer(it.deps, call, { name: other, digest, from: [app] }),
    (it) =>
      findLayer(it.deps, call, whole).then(
        () => true,
        () => false,
      ),
    async (it) => {
      const { layers } = await checkAvailability(it.deps, call, { name: app, digests: [digest] });
      return layers[0]?.layerAvailability === "AVAILABLE";
    },
  ];
  for (const keep of keeps) {
    await using first = await openWithGarbage();
    assert.equal(await keep(first), true);
    await collectGarbage(first.deps, signal);
    assert.deepEqual(await readBlob(first.deps.blobs, digest), bytes);
    await using second = await openWithGarbage();
    const { mark: taken } = await mark(second);
    assert.equal(await keep(second), false);
    await erase(second, taken);
    await unmark(second, taken);
    assert.equal(await keep(second), false);
  }
});

test("pushes, mounts, images and collectors at once never leave a layer without its bytes", async () => {
  await using it = await openTestLayers();
  for (let round = 0; round < 15; round++) {
    it.clock.advance(LAYER_LEASE_S * 1000 + 1);
    await Promise.all([
      collectGarbage(it.deps, signal),
      pushLayer(it.deps, call, { ...whole, body: bodyOf(bytes) }),
      collectGarbage(it.deps, signal),
      mountLayer(it.deps, call, { name: other, digest, from: [app] }),
      pushLayer(it.deps, call, { ...whole, name: other, body: bodyOf(bytes) }),
      collectGarbage(it.deps, signal),
    ]);
    await assertWhole(it);
    assert.deepEqual(await it.deps.metadata.readGlobal((tx) => tx.all(completing, {})), []);
  }
});
