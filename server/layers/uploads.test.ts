import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { uptime } from "node:os";
import { test } from "node:test";
import type { RepositoryName } from "../kernel/names.ts";
import type { Blobs } from "../platform/blobs/blobs.ts";
import { createRepository } from "../repositories/create-repository.ts";
import { deleteRepository } from "../repositories/delete-repository.ts";
import { bodyOf, brokenBody, readBlob, sha, stalledBody } from "../testing/blobs-suite.ts";
import { rootOf, testCall } from "../testing/call.ts";
import { app, openTestLayers, other, pushLayer, type TestLayers } from "../testing/layers.ts";
import { appendToUpload } from "./append-to-upload.ts";
import { cancelUpload } from "./cancel-upload.ts";
import { completeUpload } from "./complete-upload.ts";
import { findLayer } from "./find-layer.ts";
import { reapUploads } from "./jobs.ts";
import { readUpload } from "./read-upload.ts";
import { startUpload } from "./start-upload.ts";
import { claimUpload } from "./upload-rows.ts";

const call = testCall();
const bytes = randomBytes(300_000);
const digest = sha(bytes);
const nothing = Buffer.alloc(0);

const begin = async (it: TestLayers) => ({ name: app, ...(await startUpload(it.deps, call, { name: app })) });

async function stagesOf(blobs: Blobs): Promise<string[]> {
  const found: string[] = [];
  for await (const { stage } of blobs.stages()) found.push(stage);
  return found;
}

test("an upload in two parts and an empty end becomes a layer, byte for byte", async () => {
  await using it = await openTestLayers();
  const key = await begin(it);
  assert.deepEqual(await readUpload(it.deps, call, key), { size: 0 });
  await appendToUpload(it.deps, call, { ...key, body: bodyOf(bytes.subarray(0, 100)) });
  assert.deepEqual(await readUpload(it.deps, call, key), { size: 100 });
  await appendToUpload(it.deps, call, { ...key, offset: 100, body: bodyOf(bytes.subarray(100)) });
  assert.deepEqual(await completeUpload(it.deps, call, { ...key, digest }), { size: bytes.length });
  assert.deepEqual(await findLayer(it.deps, call, { name: app, digest }), { size: bytes.length });
  assert.deepEqual(await readBlob(it.deps.blobs, digest), bytes);
  assert.deepEqual(await stagesOf(it.deps.blobs), []);
  await assert.rejects(readUpload(it.deps, call, key), { code: "UploadNotFoundException" });
});

test("the last part may come with the end, and a digest of the other algorithm is computed from the bytes", async () => {
  await using it = await openTestLayers();
  const key = await begin(it);
  await appendToUpload(it.deps, call, { ...key, body: bodyOf(bytes.subarray(0, 5)) });
  const sha512 = sha(bytes, "sha512");
  await completeUpload(it.deps, call, { ...key, digest: sha512, offset: 5, body: bodyOf(bytes.subarray(5)) });
  assert.deepEqual(await readBlob(it.deps.blobs, sha512), bytes);
});

test("an empty layer is a layer", async () => {
  await using it = await openTestLayers();
  await completeUpload(it.deps, call, { ...(await begin(it)), digest: sha(nothing) });
  await pushLayer(it.deps, call, { name: other, digest: sha(nothing), body: bodyOf(nothing), expected_bytes: 0 });
  assert.deepEqual(await findLayer(it.deps, call, { name: app, digest: sha(nothing) }), { size: 0 });
  assert.deepEqual(await findLayer(it.deps, call, { name: other, digest: sha(nothing) }), { size: 0 });
});

test("a part that does not start where the last one ended is refused, and the error says where that is", async () => {
  await using it = await openTestLayers();
  const key = await begin(it);
  await appendToUpload(it.deps, call, { ...key, body: bodyOf(bytes.subarray(0, 100)) });
  for (const offset of [0, 99, 101]) {
    await assert.rejects(appendToUpload(it.deps, call, { ...key, offset, body: bodyOf(bytes) }), {
      code: "InvalidLayerPartException",
      detail: { registryId: "000000000000", repositoryName: "app", uploadId: key.uploadId, lastValidByteReceived: 99 },
    });
  }
  assert.deepEqual(await readUpload(it.deps, call, key), { size: 100 });
  await completeUpload(it.deps, call, { ...key, digest: sha(bytes.subarray(0, 100)) });
});

test("an upload is known to the principal that began it, in the repository that it was begun in, and to no other", async () => {
  await using it = await openTestLayers();
  const key = await begin(it);
  const stranger = testCall({ principal: rootOf("111111111111") });
  const abroad = testCall({ registry: { ...call.registry, account: "111111111111" as never } });
  for (const [who, name] of [
    [stranger, app],
    [call, other],
  ] as const) {
    const at = { ...key, name };
    await assert.rejects(readUpload(it.deps, who, at), { code: "UploadNotFoundException" });
    await assert.rejects(appendToUpload(it.deps, who, { ...at, body: bodyOf(bytes) }), { code: "UploadNotFoundException" });
    await assert.rejects(completeUpload(it.deps, who, { ...at, digest: sha(nothing) }), { code: "UploadNotFoundException" });
    await assert.rejects(cancelUpload(it.deps, who, at), { code: "UploadNotFoundException" });
  }
  await assert.rejects(readUpload(it.deps, abroad, key), { code: "RepositoryNotFoundException" });
  await assert.rejects(readUpload(it.deps, call, { name: app, uploadId: "../../etc/passwd" }), {
    code: "UploadNotFoundException",
  });
  assert.deepEqual(await readUpload(it.deps, call, key), { size: 0 });
});

test("that a layer is there does not make somebody else's upload complete", async () => {
  await using it = await openTestLayers();
  await pushLayer(it.deps, call, { name: app, digest, body: bodyOf(bytes), expected_bytes: bytes.length });
  const key = await begin(it);
  const stranger = testCall({ principal: rootOf("111111111111") });
  await assert.rejects(completeUpload(it.deps, stranger, { ...key, digest }), { code: "UploadNotFoundException" });
});

test("bytes that do not have the digest are no layer, and their upload is forgotten", async () => {
  await using it = await openTestLayers();
  const key = await begin(it);
  await appendToUpload(it.deps, call, { ...key, body: bodyOf(bytes) });
  await assert.rejects(completeUpload(it.deps, call, { ...key, digest: sha(nothing) }), { code: "InvalidLayerException" });
  await assert.rejects(readUpload(it.deps, call, key), { code: "UploadNotFoundException" });
  const whole = { name: app, digest: sha(nothing), body: bodyOf(bytes), expected_bytes: bytes.length };
  await assert.rejects(pushLayer(it.deps, call, whole), { code: "InvalidLayerException" });
  assert.deepEqual(await stagesOf(it.deps.blobs), []);
  assert.equal(await it.deps.blobs.size(sha(nothing)), undefined);
});

test("completing again after the answer was lost succeeds, and pushing an existing layer again does", async () => {
  await using it = await openTestLayers();
  const key = await begin(it);
  await appendToUpload(it.deps, call, { ...key, body: bodyOf(bytes) });
  await completeUpload(it.deps, call, { ...key, digest });
  assert.deepEqual(await completeUpload(it.deps, call, { ...key, digest }), { size: bytes.length });
  await assert.rejects(completeUpload(it.deps, call, { ...key, digest: sha(nothing) }), { code: "UploadNotFoundException" });
  await completeUpload(it.deps, call, { ...(await begin(it)), digest, body: bodyOf(bytes) });
  assert.deepEqual(await findLayer(it.deps, call, { name: app, digest }), { size: bytes.length });
});

test("a body that breaks off or is not as long as was said leaves the upload as it was, and open", async () => {
  await using it = await openTestLayers();
  const key = await begin(it);
  await appendToUpload(it.deps, call, { ...key, body: bodyOf(bytes.subarray(0, 100)) });
  await assert.rejects(appendToUpload(it.deps, call, { ...key, body: brokenBody(bytes) }));
  await assert.rejects(appendToUpload(it.deps, call, { ...key, body: bodyOf(bytes), expected_bytes: 5 }));
  await assert.rejects(appendToUpload(it.deps, call, { ...key, body: bodyOf(bytes.subarray(0, 5)), expected_bytes: 50 }));
  assert.deepEqual(await readUpload(it.deps, call, key), { size: 100 });
  await appendToUpload(it.deps, call, { ...key, offset: 100, body: bodyOf(bytes.subarray(100)) });
  await completeUpload(it.deps, call, { ...key, digest });
});

test("of two who write to an upload at once one is refused, and the bytes are the other's", async () => {
  await using it = await openTestLayers();
  const key = await begin(it);
  const evil = randomBytes(bytes.length);
  const writes = [bytes, evil].map((part) => appendToUpload(it.deps, call, { ...key, offset: 0, body: bodyOf(part, 1000) }));
  const results = await Promise.allSettled(writes);
  assert.deepEqual(results.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  const won = results[0]!.status === "fulfilled" ? bytes : evil;
  await completeUpload(it.deps, call, { ...key, digest: sha(won) });
  assert.deepEqual(await readBlob(it.deps.blobs, sha(won)), won);
});

test("a writer that holds an upload is waited for a little, then the other one is refused", async () => {
  await using it = await openTestLayers();
  const key = await begin(it);
  const gone = new AbortController();
  const body = stalledBody(bytes);
  const holding = appendToUpload(it.deps, testCall({ client: gone }), { ...key, body });
  await once(body, "resume");
  await assert.rejects(completeUpload(it.deps, call, { ...key, digest: sha(nothing) }), {
    code: "ServiceUnavailableException",
    detail: { retryAfterSeconds: 20 },
  });
  const following = appendToUpload(it.deps, call, { ...key, body: bodyOf(bytes) });
  gone.abort(new Error("the client has gone"));
  await assert.rejects(holding);
  assert.deepEqual(await following, { size: bytes.length });
});

test("the claim of a process that died runs out", async () => {
  await using it = await openTestLayers();
  const key = await begin(it);
  // The claim alone, which nobody renews: a request that still ran would do so every few seconds.
  const now_ms = it.clock.now();
  const claim = { id: key.uploadId, writer: randomUUID(), until_ms: now_ms + 20_000, now_ms, completing: null };
  await it.deps.metadata.write(call.registry, (tx) => tx.run(claimUpload, claim));
  const options = { algorithm: "sha256", limit_bytes: bytes.length, signal: call.client.signal } as const;
  it.deps.blobs.append(key.uploadId, 0, stalledBody(bytes), options).catch(() => undefined);
  it.clock.advance(12_500);
  await assert.rejects(appendToUpload(it.deps, call, { ...key, body: bodyOf(bytes) }), {
    code: "ServiceUnavailableException",
    detail: { retryAfterSeconds: 8 },
  });
  it.clock.advance(7_501);
  // Here the two are one process, and the store knows that the old one still waits: it is stopped.
  await appendToUpload(it.deps, call, { ...key, body: bodyOf(bytes) });
  await completeUpload(it.deps, call, { ...key, digest });
});

test("of many who complete an upload at once none hears that it failed, unless the layer is not there", async () => {
  await using it = await openTestLayers();
  const key = await begin(it);
  await appendToUpload(it.deps, call, { ...key, body: bodyOf(bytes) });
  const results = await Promise.allSettled([1, 2, 3].map(() => completeUpload(it.deps, call, { ...key, digest })));
  assert.ok(
    results.every(({ status }) => status === "fulfilled"),
    JSON.stringify(results),
  );
  assert.deepEqual(await readBlob(it.deps.blobs, digest), bytes);
});

test("bytes that were received before the machine started are read again before they become a layer", async () => {
  await using it = await openTestLayers();
  const options = { algorithm: "sha256", limit_bytes: bytes.length, signal: call.client.signal } as const;
  for (const [found, code] of [
    [bytes, undefined],
    [Buffer.alloc(bytes.length), "InvalidLayerException"],
  ] as const) {
    const key = await begin(it);
    await appendToUpload(it.deps, call, { ...key, body: bodyOf(bytes) });
    await it.deps.blobs.append(key.uploadId, 0, bodyOf(found), options);
    it.clock.advance(uptime() * 1000 + 60_000);
    const completing = completeUpload(it.deps, call, { ...key, digest });
    await (code === undefined ? completing : assert.rejects(completing, { code }));
  }
});

test("a cancelled upload is gone, bytes and all, also from under a request that writes to it", async () => {
  await using it = await openTestLayers();
  const key = await begin(it);
  const body = stalledBody(bytes);
  const writing = appendToUpload(it.deps, call, { ...key, body });
  writing.catch(() => undefined);
  await once(body, "resume");
  await cancelUpload(it.deps, call, key);
  await assert.rejects(writing);
  await assert.rejects(cancelUpload(it.deps, call, key), { code: "UploadNotFoundException" });
  assert.deepEqual(await stagesOf(it.deps.blobs), []);
});

test("a repository that is deleted during a push does not get the layer, nor does one that is made again", async () => {
  await using it = await openTestLayers();
  const key = await begin(it);
  await appendToUpload(it.deps, call, { ...key, body: bodyOf(bytes) });
  await deleteRepository(it.deps, call, { repositoryName: app });
  await assert.rejects(completeUpload(it.deps, call, { ...key, digest }), { code: "RepositoryNotFoundException" });
  await createRepository(it.deps, call, { repositoryName: app });
  await assert.rejects(completeUpload(it.deps, call, { ...key, digest }), { code: "UploadNotFoundException" });
  await assert.rejects(findLayer(it.deps, call, { name: app, digest }), { code: "LayerNotFoundException" });
});

test("an upload and its bytes are reaped when nobody has touched them for their lifetime, and not before", async () => {
  await using it = await openTestLayers();
  const signal = new AbortController().signal;
  const old = await begin(it);
  await appendToUpload(it.deps, call, { ...old, body: bodyOf(bytes) });
  // A stage whose row is gone: a request that was killed while it wrote.
  await it.deps.blobs.append("00000000-0000-4000-8000-000000000000", 0, bodyOf(bytes), {
    algorithm: "sha256",
    limit_bytes: bytes.length,
    signal,
  });
  it.clock.advance(23 * 3600_000);
  const young = await begin(it);
  await reapUploads(it.deps, signal);
  assert.equal((await stagesOf(it.deps.blobs)).length, 2);
  it.clock.advance(3600_000 + 60_000);
  await reapUploads(it.deps, signal);
  await assert.rejects(readUpload(it.deps, call, old), { code: "UploadNotFoundException" });
  assert.deepEqual(await readUpload(it.deps, call, young), { size: 0 });
  assert.deepEqual(await stagesOf(it.deps.blobs), []);
});

test("uploads need a repository that is there", async () => {
  await using it = await openTestLayers();
  const name = "nowhere" as RepositoryName;
  await assert.rejects(startUpload(it.deps, call, { name }), { code: "RepositoryNotFoundException" });
  const whole = { name, digest, body: bodyOf(bytes), expected_bytes: bytes.length };
  await assert.rejects(pushLayer(it.deps, call, whole), { code: "RepositoryNotFoundException" });
});
