import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { readdir, rename, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Digest } from "../../kernel/names.ts";
import { type Query, query } from "../../platform/metadata/query.ts";
import { bodyOf, putBlob, readBlob, sha } from "../../testing/blobs-suite.ts";
import { testCall, testRegistry } from "../../testing/call.ts";
import { type DiskLayers, openDiskLayers } from "../../testing/disk-layers.ts";
import { openTestEcr, pushImage } from "../../testing/ecr.ts";
import { image } from "../../testing/image.ts";
import { app, other, pushLayer } from "../../testing/layers.ts";
import { appendToUpload } from "../append-to-upload.ts";
import { checkAvailability } from "../check-availability.ts";
import { completeLayerUpload } from "../complete-layer-upload.ts";
import { deleteLayer } from "../delete-layer.ts";
import { downloadUrl, openDownload } from "../download-url.ts";
import { findLayer, openLayer } from "../find-layer.ts";
import { findLayerSources, mountLayer } from "../mount-layer.ts";
import { startUpload } from "../start-upload.ts";
import { claimUpload } from "../upload-rows.ts";
import { checkBlob } from "./check-blob.ts";

const call = testCall();
const bytes = randomBytes(200_000);
const digest = sha(bytes);
const options = call.client;
const absent = { code: "LayerNotFoundException" };

const damagedBlobs = query()((db) => db.selectFrom("damaged_blobs").select(["digest", "why"]));
const flags = query()((db) => db.selectFrom("layers").select("damaged").orderBy("repository_id"));
const fences = query()((db) => db.selectFrom("deleting_blobs").select("digest"));

const rowsOf = <Row>(it: DiskLayers, rows: Query<Record<never, never>, Row>) =>
  it.deps.metadata.readGlobal((tx) => tx.all(rows, {}));

const push = (it: DiskLayers, name = app) =>
  pushLayer(it.deps, call, { name, digest, body: bodyOf(bytes), expected_bytes: bytes.length });

/** A layer that two repositories share. */
async function openShared(): Promise<DiskLayers> {
  const it = await openDiskLayers();
  await push(it);
  assert.equal(await mountLayer(it.deps, call, { name: other, digest, from: [app] }), true);
  await it.needLayer(app, digest);
  return it;
}

const aside = (it: DiskLayers) => readdir(join(it.folder, "set-aside"));

/** How a blob comes to be damaged, and the sentence about it. */
const DAMAGES: readonly (readonly [string, RegExp, (it: DiskLayers) => Promise<void>])[] = [
  ["has a bit that flipped", /^Its 200000 bytes have the digest sha256:/, (it) => it.flipBit(digest)],
  ["was cut off", /^Its 10 bytes have the digest/, (it) => truncate(it.fileOf(digest), 10)],
  ["is gone", /^Its bytes are not there\.$/, (it) => rm(it.fileOf(digest))],
];
for (const [what, why, damage] of DAMAGES) {
  test(`a layer that ${what} is absent everywhere, and a push to any repository heals it in all`, async () => {
    await using it = await openShared();
    const url = await downloadUrl(it.deps, call, { name: app, digest });
    await damage(it);
    assert.equal(await checkBlob(it.deps, digest, options), "damaged");
    assert.equal(await checkBlob(it.deps, digest, options), "damaged");
    assert.deepEqual(it.reported, [digest]);
    const [row] = await rowsOf(it, damagedBlobs);
    assert.match(row?.why ?? "", why);
    assert.deepEqual(await rowsOf(it, flags), [{ damaged: 1 }, { damaged: 1 }]);
    assert.deepEqual(await rowsOf(it, fences), []);
    await assertAbsent(it);
    await assert.rejects(openDownload(it.deps, url.split("/_layers/")[1] ?? ""), absent);

    await push(it, other);
    assert.deepEqual(await rowsOf(it, damagedBlobs), []);
    assert.deepEqual(await rowsOf(it, flags), [{ damaged: 0 }, { damaged: 0 }]);
    assert.deepEqual(await readBlob(it.deps.blobs, digest), bytes);
    for (const name of [app, other]) assert.deepEqual(await findLayer(it.deps, call, { name, digest }), { size: bytes.length });
    assert.equal(await checkBlob(it.deps, digest, options), "sound");
  });
}

async function assertAbsent(it: DiskLayers): Promise<void> {
  for (const name of [app, other]) {
    await assert.rejects(findLayer(it.deps, call, { name, digest }), absent);
    await assert.rejects(openLayer(it.deps, call, { name, digest }), absent);
    const { layers } = await checkAvailability(it.deps, call, { name, digests: [digest] });
    assert.deepEqual(layers, [{ layerDigest: digest, layerAvailability: "UNAVAILABLE" }]);
    assert.equal(await mountLayer(it.deps, call, { name, digest, from: [app, other] }), false);
  }
  assert.deepEqual(await findLayerSources(it.deps, call, digest), []);
  await assert.rejects(downloadUrl(it.deps, call, { name: app, digest }), { code: "LayersNotFoundException" });
}

test("a damaged layer is completed by ECR's API as one that was not there", async () => {
  await using it = await openShared();
  await it.flipBit(digest);
  await checkBlob(it.deps, digest, options);
  const key = { name: app, ...(await startUpload(it.deps, call, { name: app })) };
  await appendToUpload(it.deps, call, { ...key, body: bodyOf(bytes) });
  await completeLayerUpload(it.deps, call, { ...key, digest });
  assert.deepEqual(await rowsOf(it, flags), [{ damaged: 0 }, { damaged: 0 }]);
});

test("the image of a damaged layer cannot be pushed until the layer has been", async () => {
  await using ecr = await openTestEcr();
  await ecr.call("CreateRepository", { repositoryName: "app" });
  const first = image();
  await pushImage(ecr, "app", first, "v1");
  const shared = sha(first.blobs[1] ?? Buffer.alloc(0));
  // Its rows were written without any bytes.
  assert.equal(await checkBlob(ecr, shared, options), "damaged");
  const second = image({ extra: { layers: JSON.parse(first.body.toString()).layers } });
  const input = { repositoryName: "app", imageManifest: second.body.toString() };
  const refusal = await ecr.refusal("PutImage", input);
  assert.equal(refusal.name, "LayersNotFoundException");
  assert.ok(refusal.message.includes(shared));
});

test("a reader that finds no bytes, or too few, or small ones that are damaged, is told that there is no such layer, and the next one is so at once", async () => {
  const small = randomBytes(1_000);
  for (const damage of [
    (it: DiskLayers, of: Digest) => rm(it.fileOf(of)),
    (it: DiskLayers, of: Digest) => truncate(it.fileOf(of), 10),
    (it: DiskLayers, of: Digest) => it.flipBit(of),
  ]) {
    await using it = await openDiskLayers();
    const layer = { name: app, digest: sha(small) };
    await pushLayer(it.deps, call, { ...layer, body: bodyOf(small), expected_bytes: small.length });
    await damage(it, layer.digest);
    await assert.rejects(openLayer(it.deps, call, layer), absent);
    await assert.rejects(findLayer(it.deps, call, layer), absent);
    assert.deepEqual(it.reported, [layer.digest]);
  }
});

test("a layer that was deleted and collected meanwhile is no damage", async () => {
  await using it = await openDiskLayers();
  await push(it);
  await deleteLayer(it.deps, call, { name: app, digest });
  await it.deps.blobs.delete(digest);
  assert.equal(await checkBlob(it.deps, digest, options), "unnamed");
  assert.deepEqual(await rowsOf(it, damagedBlobs), []);
  assert.deepEqual(it.reported, []);
});

test("damaged bytes that nobody has are out of the way of the next push", async () => {
  await using it = await openDiskLayers();
  await putBlob(it.deps.blobs, bytes);
  await it.flipBit(digest);
  assert.equal(await checkBlob(it.deps, digest, options), "unnamed");
  assert.equal((await aside(it)).length, 1);
  await push(it);
  assert.deepEqual(await readBlob(it.deps.blobs, digest), bytes);
  assert.deepEqual(await rowsOf(it, flags), [{ damaged: 0 }]);
});

test("bytes that somebody is about to commit are left to them, and those of a push whose process died are not", async () => {
  await using it = await openShared();
  await it.flipBit(digest);
  const { uploadId: id } = await startUpload(it.deps, call, { name: app });
  const now_ms = it.clock.now();
  const claim = { id, writer: randomUUID(), until_ms: now_ms + 1, now_ms, completing: digest };
  await it.deps.metadata.write(testRegistry, (tx) => tx.run(claimUpload, claim));
  assert.equal(await checkBlob(it.deps, digest, options), "busy");
  assert.deepEqual(await rowsOf(it, flags), [{ damaged: 0 }, { damaged: 0 }]);
  it.clock.advance(1);
  assert.equal(await checkBlob(it.deps, digest, options), "damaged");
});

test("a push that comes between looking and setting aside keeps its bytes", async () => {
  await using it = await openShared();
  await truncate(it.fileOf(digest), 10);
  const { verify } = it.deps.blobs;
  let looks = 0;
  const blobs = {
    ...it.deps.blobs,
    verify: async (...args: Parameters<typeof verify>) => {
      const found = await verify(...args);
      if (++looks === 1) await push(it);
      return found;
    },
  };
  assert.equal(await checkBlob({ ...it.deps, blobs }, digest, options), "sound");
  assert.equal(looks, 2);
  assert.deepEqual(it.reported, []);
  assert.deepEqual(await readBlob(it.deps.blobs, digest), bytes);
});

test("a push that waits while a blob is set aside heals it, and no look and no push that cross end in a layer without bytes", async () => {
  for (let round = 0; round < 8; round++) {
    await using it = await openShared();
    if (round % 2 === 0) await it.flipBit(digest);
    else await rm(it.fileOf(digest));
    await Promise.all([push(it), checkBlob(it.deps, digest, options), push(it, other), checkBlob(it.deps, digest, options)]);
    await checkBlob(it.deps, digest, options);
    const marks = await rowsOf(it, damagedBlobs);
    assert.deepEqual(
      await rowsOf(it, flags),
      [0, 1].map(() => ({ damaged: marks.length })),
    );
    assert.deepEqual(await rowsOf(it, fences), []);
    if (marks.length === 0) assert.deepEqual(await it.deps.blobs.verify(digest, options), { state: "sound", size: bytes.length });
  }
});

test("a store that cannot be read just now is no damage", async () => {
  await using it = await openShared();
  const full = Object.assign(new Error("too many open files"), { code: "EMFILE" });
  const blobs = { ...it.deps.blobs, verify: () => Promise.reject(full), open: () => Promise.reject(full) };
  await assert.rejects(checkBlob({ ...it.deps, blobs }, digest, options), full);
  await assert.rejects(openLayer({ ...it.deps, blobs }, call, { name: app, digest }), full);
  assert.deepEqual(await rowsOf(it, damagedBlobs), []);
});

test("layers are not damaged when the disk is gone on which they lie", async () => {
  await using it = await openShared();
  const blobs = join(it.folder, "blobs");
  await rename(blobs, `${blobs}.away`);
  await assert.rejects(checkBlob(it.deps, digest, options), /ENOENT/);
  await assert.rejects(openLayer(it.deps, call, { name: app, digest }), absent);
  assert.deepEqual(await rowsOf(it, damagedBlobs), []);
  await rename(`${blobs}.away`, blobs);
  await using layer = await openLayer(it.deps, call, { name: app, digest });
  assert.equal(layer.size, bytes.length);
});

test("a layer whose bytes are back is read again, and so in all repositories", async () => {
  await using it = await openShared();
  const file = it.fileOf(digest);
  await rename(file, `${file}.away`);
  assert.equal(await checkBlob(it.deps, digest, options), "damaged");
  await assertAbsent(it);
  await rename(`${file}.away`, file);
  await using layer = await openLayer(it.deps, call, { name: app, digest });
  assert.equal(layer.size, bytes.length);
  assert.deepEqual(await rowsOf(it, flags), [{ damaged: 0 }, { damaged: 0 }]);
  assert.deepEqual(await rowsOf(it, damagedBlobs), []);
});
