import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { LAYER_LEASE_S, UNNAMED_AGE_S, UPLOAD_LIFETIME_S } from "../../kernel/limits.ts";
import type { Digest } from "../../kernel/names.ts";
import { query } from "../../platform/metadata/query.ts";
import { deleteRepository } from "../../repositories/delete-repository.ts";
import { bodyOf, putBlob, readBlob, sha } from "../../testing/blobs-suite.ts";
import { testCall } from "../../testing/call.ts";
import { dump } from "../../testing/dump.ts";
import { app, openTestLayers, other, pushLayer, type TestLayers } from "../../testing/layers.ts";
import { deleteLayer } from "../delete-layer.ts";
import { findLayer } from "../find-layer.ts";
import { mountLayer } from "../mount-layer.ts";
import { expectLayer } from "../put-layer.ts";
import { collectGarbage } from "./collect-garbage.ts";
import { keepCollection, lastCollection } from "./last-collection.ts";
import { collectJobs } from "./jobs.ts";
import { previewCollection } from "./preview-collection.ts";

const call = testCall();
const { signal } = new AbortController();
const SIZE = 1_000;
const LEASE_MS = LAYER_LEASE_S * 1000;

const insertMark = query<{ digest: string; until_ms: number }>()((db, p) =>
  db.insertInto("deleting_blobs").values({ digest: p.digest, collector: "dead", until_ms: p.until_ms }),
);
const marks = query()((db) => db.selectFrom("deleting_blobs").select("digest"));
const layers = query()((db) => db.selectFrom("layers").select("digest"));

async function push(it: TestLayers, name = app): Promise<Digest> {
  const bytes = randomBytes(SIZE);
  await pushLayer(it.deps, call, { name, digest: sha(bytes), body: bodyOf(bytes), expected_bytes: SIZE });
  return sha(bytes);
}

const collect = (it: TestLayers, stop = signal) => collectGarbage(it.deps, stop);
const preview = (it: TestLayers) => previewCollection({ ...it.deps, listBlobs: () => it.deps.blobs.list() }, signal);
const isStored = async (it: TestLayers, digest: Digest) => (await it.deps.blobs.size(digest)) !== undefined;
const marksOf = (it: TestLayers) => it.deps.metadata.readGlobal((tx) => tx.all(marks, {}));

test("a layer that no image needs is collected when its lease has run out, and not before", async () => {
  await using it = await openTestLayers();
  const digest = await push(it);
  it.clock.advance(LEASE_MS);
  assert.equal((await collect(it)).layers, 0);
  assert.ok(await isStored(it, digest));
  it.clock.advance(1);
  const done = await collect(it);
  assert.deepEqual([done.isComplete, done.layers, done.unneeded], [true, 1, { count: 1, bytes: SIZE }]);
  assert.ok(!(await isStored(it, digest)));
  await assert.rejects(findLayer(it.deps, call, { name: app, digest }), { code: "LayerNotFoundException" });
  assert.deepEqual(await marksOf(it), []);
});

test("a layer that an image of its repository needs is never collected, and one of another repository's image is", async () => {
  await using it = await openTestLayers();
  const digest = await push(it);
  await mountLayer(it.deps, call, { name: other, digest, from: [app] });
  await it.needLayer(app, digest);
  it.clock.advance(LEASE_MS + 1);
  const done = await collect(it);
  assert.deepEqual([done.layers, done.unneeded.count], [1, 0]);
  assert.equal((await findLayer(it.deps, call, { name: app, digest })).size, SIZE);
  await assert.rejects(findLayer(it.deps, call, { name: other, digest }), { code: "LayerNotFoundException" });
  assert.ok(await isStored(it, digest));
});

test("bytes that several repositories give up in one batch are counted once, and told of the repositories that had them", async () => {
  await using it = await openTestLayers();
  const digest = await push(it);
  await mountLayer(it.deps, call, { name: other, digest, from: [app] });
  await push(it, other);
  it.clock.advance(LEASE_MS + 1);
  const done = await collect(it);
  assert.deepEqual([done.layers, done.unneeded], [3, { count: 2, bytes: 2 * SIZE }]);
  const shares = done.repositories.map((share) => [share.layers, share.bytes]);
  assert.equal(done.repositories.length, 2);
  assert.equal(
    shares.map(([, bytes]) => bytes ?? 0).reduce((sum, bytes) => sum + bytes),
    2 * SIZE,
  );
});

test("what a repository held that is no more stays while its rows do", async () => {
  await using it = await openTestLayers();
  const digest = await push(it);
  await it.needLayer(app, digest);
  await deleteRepository(it.deps, call, { repositoryName: app, force: true });
  it.clock.advance(LEASE_MS + 1);
  await collect(it);
  assert.ok(await isStored(it, digest));
});

test("bytes that nothing names are collected when they are an hour old, and named ones never", async () => {
  await using it = await openTestLayers();
  const orphan = await putBlob(it.deps.blobs, randomBytes(SIZE));
  const deleted = await push(it);
  const kept = await push(it);
  await deleteLayer(it.deps, call, { name: app, digest: deleted });
  assert.equal((await collect(it)).unnamed.count, 0);
  it.clock.advance(UNNAMED_AGE_S * 1000 + 60_000);
  assert.deepEqual((await collect(it)).unnamed, { count: 2, bytes: 2 * SIZE });
  assert.deepEqual(await Promise.all([orphan, deleted, kept].map((digest) => isStored(it, digest))), [false, false, true]);
});

test("what a collector that died has left is ended when its time is over: bytes with a name stay", async () => {
  await using it = await openTestLayers();
  const [named, unnamed] = [await push(it), await putBlob(it.deps.blobs, randomBytes(SIZE))];
  const until_ms = it.clock.now() + 1_000;
  for (const digest of [named, unnamed]) await it.deps.metadata.writeGlobal((tx) => tx.run(insertMark, { digest, until_ms }));
  await collect(it);
  assert.equal((await marksOf(it)).length, 2);
  it.clock.advance(1_000);
  assert.deepEqual((await collect(it)).unfinished, { count: 1, bytes: SIZE });
  assert.deepEqual(await marksOf(it), []);
  assert.ok(await isStored(it, named));
  assert.ok(!(await isStored(it, unnamed)));
});

test("bytes that cannot be deleted are told of, keep nobody from the others, and are tried again", async () => {
  await using it = await openTestLayers();
  const digests = [await push(it), await push(it)];
  it.clock.advance(UPLOAD_LIFETIME_S * 1000 + 1);
  const { deleteWithin: really } = it.deps.blobs;
  it.deps.blobs.deleteWithin = async (all, within_ms) => {
    const others = all.filter((digest) => digest !== digests[0]);
    const failures = all.length > others.length ? ["the disk says no"] : [];
    return { ...(await really(others, within_ms)), failures };
  };
  const done = await collect(it);
  assert.deepEqual([done.layers, done.unneeded.count, done.failures, done.failure], [2, 1, 2, "the disk says no"]);
  assert.deepEqual(await marksOf(it), []);
  it.deps.blobs.deleteWithin = really;
  assert.equal((await collect(it)).unnamed.count, 1);
  assert.ok(!(await isStored(it, digests[0]!)));
});

test("a collection that is stopped ends what it has begun, and the next one goes on", async () => {
  await using it = await openTestLayers();
  for (let count = 0; count < 60; count++) await push(it);
  it.clock.advance(LEASE_MS + 1);
  const stop = new AbortController();
  const { deleteWithin: really } = it.deps.blobs;
  it.deps.blobs.deleteWithin = (digests, within_ms) => {
    stop.abort();
    return really(digests, within_ms);
  };
  const first = await collect(it, stop.signal);
  assert.ok(!first.isComplete && first.unneeded.count > 0 && first.layers < 60);
  assert.deepEqual(await marksOf(it), []);
  const second = await collect(it);
  assert.equal(first.layers + second.layers, 60);
  assert.equal(first.unneeded.count + second.unneeded.count + second.unnamed.count, 60);
  assert.deepEqual(await Array.fromAsync(it.deps.blobs.list()), []);
  assert.deepEqual(await it.deps.metadata.readGlobal((tx) => tx.all(layers, {})), []);
});

test("collections may run side by side", async () => {
  await using it = await openTestLayers();
  const kept = await push(it);
  await it.needLayer(app, kept);
  for (let count = 0; count < 100; count++) await push(it, count % 2 === 0 ? app : other);
  it.clock.advance(LEASE_MS + 1);
  const done = await Promise.all([collect(it), collect(it), collect(it)]);
  assert.equal(
    done.map((each) => each.layers).reduce((sum, count) => sum + count),
    100,
  );
  assert.deepEqual(
    (await Array.fromAsync(it.deps.blobs.list())).map(({ digest }) => digest),
    [kept],
  );
  assert.equal((await readBlob(it.deps.blobs, kept)).length, SIZE);
});

test("a preview tells what a collection then does, and changes nothing", async () => {
  await using it = await openTestLayers();
  const [shared, kept] = [await push(it), await push(it)];
  await mountLayer(it.deps, call, { name: other, digest: shared, from: [app] });
  await mountLayer(it.deps, call, { name: other, digest: kept, from: [app] });
  await it.needLayer(app, kept);
  for (let count = 0; count < 5; count++) await push(it, other);
  const named = await push(it, other);
  const orphans = [await putBlob(it.deps.blobs, randomBytes(7)), await putBlob(it.deps.blobs, randomBytes(8))];
  it.clock.advance(LEASE_MS + 60_000);
  await expectLayer(it.deps, call, { name: app, digest: named });
  const before = [await dump(it.deps.metadata), await Array.fromAsync(it.deps.blobs.list())];
  const expected = await preview(it);
  assert.deepEqual([await dump(it.deps.metadata), await Array.fromAsync(it.deps.blobs.list())], before);
  assert.deepEqual([expected.layers, expected.unneeded.count, expected.unnamed], [9, 6, { count: orphans.length, bytes: 15 }]);
  const { repositories: foreseen, ...amounts } = expected;
  const { repositories, ...done } = await collect(it);
  assert.deepEqual(done, amounts);
  const layersOf = (shares: typeof repositories) => shares.map((share) => `${share.repository} ${share.layers}`).sort();
  assert.deepEqual(layersOf(repositories), layersOf(foreseen));
});

test("what the last collection did is kept", async () => {
  await using it = await openTestLayers();
  assert.equal(await lastCollection(it.deps), undefined);
  await push(it);
  await keepCollection(it.deps, await collect(it));
  it.clock.advance(LEASE_MS + 1);
  const last = await collect(it);
  await keepCollection(it.deps, last);
  assert.deepEqual(await lastCollection(it.deps), last);
  assert.deepEqual(
    last.repositories.map(({ account, region, repository }) => [account, region, repository]),
    [["000000000000", "us-east-1", "app"]],
  );
});

test("the job comes back after its interval, and not where nobody wants it", async () => {
  await using it = await openTestLayers();
  const told: number[] = [];
  const run = (gcInterval_s: number | undefined) =>
    collectJobs({ ...it.deps, gcInterval_s, onCollected: ({ layers }) => told.push(layers) })[0]?.run({}, signal);
  assert.deepEqual(await run(60), { again_at_ms: it.clock.now() + 60_000 });
  assert.equal(await run(undefined), undefined);
  assert.deepEqual(told, [0]);
});

test("garbage is found between any number of layers that are needed", async () => {
  await using it = await openTestLayers();
  const kept: Digest[] = [];
  for (let count = 0; count < 300; count++) {
    const digest = await push(it, count % 7 === 0 ? other : app);
    if (count % 60 === 0) continue;
    kept.push(digest);
    await it.needLayer(count % 7 === 0 ? other : app, digest);
  }
  it.clock.advance(LEASE_MS + 1);
  assert.equal((await preview(it)).layers, 5);
  assert.equal((await collect(it)).layers, 5);
  const left = await Array.fromAsync(it.deps.blobs.list());
  assert.deepEqual(
    left.map(({ digest }) => digest),
    kept.toSorted(),
  );
  assert.deepEqual(await marksOf(it), []);
});
