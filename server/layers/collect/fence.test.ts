import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { test } from "node:test";
import { query } from "../../platform/metadata/query.ts";
import { bodyOf, readBlob, sha } from "../../testing/blobs-suite.ts";
import { testCall } from "../../testing/call.ts";
import { app, openTestLayers, pushLayer, type TestLayers } from "../../testing/layers.ts";
import { appendToUpload } from "../append-to-upload.ts";
import { completeLayerUpload } from "../complete-layer-upload.ts";
import { completeUpload } from "../complete-upload.ts";
import type { LayerDeps } from "../deps.ts";
import { startUpload } from "../start-upload.ts";
import { claimUpload } from "../upload-rows.ts";

const call = testCall();
const bytes = randomBytes(1000);
const digest = sha(bytes);

const insertDeleting = query<{ digest: string; until_ms: number }>()((db, p) =>
  db.insertInto("deleting_blobs").values({ digest: p.digest, collector: "another", until_ms: p.until_ms }),
);
const removeDeleting = query()((db) => db.deleteFrom("deleting_blobs"));
const deletingBlobs = query()((db) => db.selectFrom("deleting_blobs").selectAll());
const completingOf = query()((db) => db.selectFrom("uploads").select("completing"));

/** The ways in which bytes become a layer, each up to where the digest is told. */
const PUSHES: Readonly<Record<string, (deps: LayerDeps) => Promise<() => Promise<unknown>>>> = {
  "an upload with an empty end": async (deps) => {
    const key = { name: app, ...(await startUpload(deps, call, { name: app })) };
    await appendToUpload(deps, call, { ...key, body: bodyOf(bytes) });
    return () => completeUpload(deps, call, { ...key, digest });
  },
  "an upload whose last part comes with its end": async (deps) => {
    const key = { name: app, ...(await startUpload(deps, call, { name: app })) };
    return () => completeUpload(deps, call, { ...key, digest, body: bodyOf(bytes) });
  },
  "an upload by ECR's API": async (deps) => {
    const key = { name: app, ...(await startUpload(deps, call, { name: app })) };
    await appendToUpload(deps, call, { ...key, body: bodyOf(bytes) });
    return () => completeLayerUpload(deps, call, { ...key, digest });
  },
  "a single request": async (deps) => () =>
    pushLayer(deps, call, { name: app, digest, body: bodyOf(bytes), expected_bytes: bytes.length }),
};

/** What was named for the store when bytes were committed. */
function watchCommits(it: TestLayers): (string | null | undefined)[] {
  const named: (string | null | undefined)[] = [];
  const { commit } = it.deps.blobs;
  it.deps.blobs.commit = async (...args) => {
    named.push((await it.deps.metadata.readGlobal((tx) => tx.first(completingOf, {})))?.completing);
    await commit(...args);
  };
  return named;
}

for (const [name, begin] of Object.entries(PUSHES)) {
  test(`${name} names its bytes before it commits them, and no longer than until they are a layer`, async () => {
    await using it = await openTestLayers();
    const named = watchCommits(it);
    await (await begin(it.deps))();
    assert.deepEqual(named, [digest]);
    assert.deepEqual(await it.deps.metadata.readGlobal((tx) => tx.all(completingOf, {})), []);
  });

  test(`${name} commits nothing while its bytes are being deleted, and everything after it`, async () => {
    await using it = await openTestLayers();
    const named = watchCommits(it);
    const complete = await begin(it.deps);
    await it.deps.metadata.writeGlobal((tx) => tx.run(insertDeleting, { digest, until_ms: it.clock.now() + 1 }));
    const completing = complete();
    while ((await it.deps.metadata.readGlobal((tx) => tx.first(completingOf, {})))?.completing !== digest);
    assert.deepEqual(named, []);
    await it.deps.metadata.writeGlobal((tx) => tx.run(removeDeleting, {}));
    await completing;
    assert.deepEqual(await readBlob(it.deps.blobs, digest), bytes);
  });

  test(`${name} does not wait for one who has run out of time to delete its bytes`, async () => {
    await using it = await openTestLayers();
    const complete = await begin(it.deps);
    await it.deps.metadata.writeGlobal((tx) => tx.run(insertDeleting, { digest, until_ms: it.clock.now() }));
    await complete();
    assert.deepEqual(await it.deps.metadata.readGlobal((tx) => tx.all(deletingBlobs, {})), []);
    assert.deepEqual(await readBlob(it.deps.blobs, digest), bytes);
  });

  test(`${name} that fails names nothing any more`, async () => {
    await using it = await openTestLayers();
    const complete = await begin(it.deps);
    it.deps.blobs.commit = () => Promise.reject(new Error("the disk is full"));
    await assert.rejects(complete(), /the disk is full/);
    const left = await it.deps.metadata.readGlobal((tx) => tx.all(completingOf, {}));
    assert.ok(left.every((row) => row.completing === null));
  });
}

test("a part that comes after a completion whose process died takes the name away", async () => {
  await using it = await openTestLayers();
  const key = { name: app, ...(await startUpload(it.deps, call, { name: app })) };
  // The claim alone: a request that still ran would renew it.
  const now_ms = it.clock.now();
  const claim = { id: key.uploadId, writer: randomUUID(), until_ms: now_ms, now_ms, completing: digest };
  await it.deps.metadata.write(call.registry, (tx) => tx.run(claimUpload, claim));
  await appendToUpload(it.deps, call, { ...key, body: bodyOf(bytes) });
  assert.deepEqual(await it.deps.metadata.readGlobal((tx) => tx.all(completingOf, {})), [{ completing: null }]);
});
