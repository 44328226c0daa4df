import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { test } from "node:test";
import type { RepositoryName } from "../kernel/names.ts";
import { createSealer } from "../keys/sealer.ts";
import { createMemoryBlobs } from "../platform/blobs/memory-blobs.ts";
import { query } from "../platform/metadata/query.ts";
import { createRepository } from "../repositories/create-repository.ts";
import { deleteRepository } from "../repositories/delete-repository.ts";
import { findRepository } from "../repositories/find-repository.ts";
import { repositoryJobs } from "../repositories/jobs.ts";
import { bodyOf, sha } from "../testing/blobs-suite.ts";
import { rootOf, testCall } from "../testing/call.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { app, openTestLayers, other, pushLayer, type TestLayers } from "../testing/layers.ts";
import { openTestDatabase } from "../testing/metadata.ts";
import { cancelUpload } from "./cancel-upload.ts";
import { completeLayerUpload } from "./complete-layer-upload.ts";
import { completeUpload } from "./complete-upload.ts";
import { insertCompleted } from "./completed-uploads.ts";
import { deleteLayer } from "./delete-layer.ts";
import { reapUploads } from "./jobs.ts";
import { startUpload } from "./start-upload.ts";

const call = testCall();
const bytes = randomBytes(1000);
const digest = sha(bytes);
const UNKNOWN = { code: "UploadNotFoundException" };
const signal = new AbortController().signal;

const begin = async (it: Pick<TestLayers, "deps">) => ({ name: app, ...(await startUpload(it.deps, call, { name: app })) });

async function complete(it: Pick<TestLayers, "deps">) {
  const key = await begin(it);
  await completeUpload(it.deps, call, { ...key, digest, body: bodyOf(bytes) });
  return key;
}

const remembered = query()((db) => db.selectFrom("completed_uploads").select("id").orderBy("completed_ms"));
const rowsOf = async (it: TestLayers) => (await it.deps.metadata.readGlobal((tx) => tx.all(remembered, {}))).map((row) => row.id);

test("what one process has completed another one knows, also when the first has gone", async () => {
  await using database = await openTestDatabase();
  const clock = fakeClock(Date.now());
  const blobs = createMemoryBlobs();
  const first = await database.open(clock);
  const deps = { metadata: first, blobs, clock, sealer: createSealer(Buffer.alloc(32, 7)) };
  await createRepository(deps, call, { repositoryName: app });
  const key = await complete({ deps });
  {
    await using second = await database.open(clock);
    const again = await completeUpload({ metadata: second, blobs, clock }, call, { ...key, digest });
    assert.deepEqual(again, { size: bytes.length });
  }
  await first[Symbol.asyncDispose]();
  await using restarted = await database.open(clock);
  const again = await completeUpload({ metadata: restarted, blobs, clock }, call, { ...key, digest, body: bodyOf(bytes) });
  assert.deepEqual(again, { size: bytes.length });
});

test("that a layer is there completes no upload that never was, was cancelled, was reaped, or became other bytes", async () => {
  await using it = await openTestLayers();
  await pushLayer(it.deps, call, { name: app, digest, body: bodyOf(bytes), expected_bytes: bytes.length });
  const never = { name: app, uploadId: randomUUID() };
  const cancelled = await begin(it);
  await cancelUpload(it.deps, call, cancelled);
  const reaped = await begin(it);
  it.clock.advance(25 * 3600_000);
  await reapUploads(it.deps, signal);
  const otherBytes = await begin(it);
  await completeUpload(it.deps, call, { ...otherBytes, digest: sha(Buffer.from("other")), body: bodyOf(Buffer.from("other")) });
  const wrong = await begin(it);
  await assert.rejects(completeUpload(it.deps, call, { ...wrong, digest, body: bodyOf(Buffer.from("wrong")) }));
  for (const key of [never, cancelled, reaped, otherBytes, wrong]) {
    await assert.rejects(completeUpload(it.deps, call, { ...key, digest }), UNKNOWN);
    await assert.rejects(completeUpload(it.deps, call, { ...key, digest, body: bodyOf(bytes) }), UNKNOWN);
    await assert.rejects(completeLayerUpload(it.deps, call, { ...key, digest }), UNKNOWN);
  }
});

test("a completed upload is known to whoever completed it, in its repository, while the layer is there", async () => {
  await using it = await openTestLayers();
  const key = await complete(it);
  await pushLayer(it.deps, call, { name: other, digest, body: bodyOf(bytes), expected_bytes: bytes.length });
  const stranger = testCall({ principal: rootOf("111111111111") });
  await assert.rejects(completeUpload(it.deps, stranger, { ...key, digest }), UNKNOWN);
  await assert.rejects(completeUpload(it.deps, call, { ...key, name: other, digest }), UNKNOWN);
  await completeUpload(it.deps, call, { ...key, digest });
  await deleteLayer(it.deps, call, { name: app, digest });
  await assert.rejects(completeUpload(it.deps, call, { ...key, digest }), UNKNOWN);
});

test("ECR's API says of an upload that was completed before that the layer is there", async () => {
  await using it = await openTestLayers();
  const key = await complete(it);
  await assert.rejects(completeLayerUpload(it.deps, call, { ...key, digest }), { code: "LayerAlreadyExistsException" });
});

test("a layer that came in one request leaves nothing to remember: nobody has its upload's id", async () => {
  await using it = await openTestLayers();
  await pushLayer(it.deps, call, { name: app, digest, body: bodyOf(bytes), expected_bytes: bytes.length });
  assert.deepEqual(await rowsOf(it), []);
});

test("completed uploads are forgotten after the lifetime of an upload, however many they are", async () => {
  await using it = await openTestLayers();
  const old = await complete(it);
  await it.deps.metadata.write(call.registry, async (tx) => {
    const { id: repository_id } = await findRepository(tx, app);
    const row = { repository_id, principal_id: "someone", digest, completed_ms: it.clock.now() };
    for (let at = 0; at < 450; at++) await tx.run(insertCompleted, { ...row, id: `upload-${at}` });
  });
  it.clock.advance(23 * 3600_000);
  const young = await complete(it);
  await reapUploads(it.deps, signal);
  assert.equal((await rowsOf(it)).length, 452);
  it.clock.advance(3600_000 + 1);
  await reapUploads(it.deps, signal);
  assert.deepEqual(await rowsOf(it), [young.uploadId]);
  await assert.rejects(completeUpload(it.deps, call, { ...old, digest }), UNKNOWN);
  await completeUpload(it.deps, call, { ...young, digest });
});

test("completed uploads go with their repository, and with no other", async () => {
  await using it = await openTestLayers();
  const deps = { ...it.deps, quotas: { undoWindow_s: 0 } };
  const name = "gone" as RepositoryName;
  await createRepository(deps, call, { repositoryName: name });
  const { id } = await deps.metadata.read(call.registry, (tx) => findRepository(tx, name));
  const { uploadId } = await startUpload(deps, call, { name });
  await completeUpload(deps, call, { name, uploadId, digest, body: bodyOf(bytes) });
  const kept = await complete(it);
  await deleteRepository(deps, call, { repositoryName: name });
  await repositoryJobs(deps)[0]!.run({ repository_id: id }, signal);
  assert.deepEqual(await rowsOf(it), [kept.uploadId]);
});
