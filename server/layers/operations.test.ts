import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { LAYER_LEASE_S, LAYER_PARTS_MAX } from "../kernel/limits.ts";
import { read } from "../kernel/shape.ts";
import { query } from "../platform/metadata/query.ts";
import { sha } from "../testing/blobs-suite.ts";
import { testCall, testRegistry } from "../testing/call.ts";
import { app, openTestLayers, type TestLayers } from "../testing/layers.ts";
import { findLayer } from "./find-layer.ts";
import { layerOperations } from "./operations.ts";

const MIB = 1024 * 1024;
const call = testCall();
const repositoryName = app;

interface Answer {
  readonly uploadId: string;
  readonly lastByteReceived: number;
  readonly layers: readonly object[];
  readonly failures: readonly object[];
  readonly [member: string]: unknown;
}

async function run(it: TestLayers, name: string, value: object): Promise<Answer> {
  const operation = layerOperations(it.deps).find((one) => one.name === name);
  assert.ok(operation, name);
  return (await operation.handle(call, read(operation.input, { repositoryName, ...value }) as never)) as Answer;
}

const uploadPart = (it: TestLayers, uploadId: string, first: number, bytes: Buffer) =>
  run(it, "UploadLayerPart", {
    uploadId,
    partFirstByte: first,
    partLastByte: first + bytes.length - 1,
    layerPartBlob: bytes.toString("base64"),
  });

async function push(it: TestLayers, ...parts: Buffer[]): Promise<Answer> {
  const { uploadId } = await run(it, "InitiateLayerUpload", {});
  let first = 0;
  for (const part of parts) first = (await uploadPart(it, uploadId, first, part)).lastByteReceived + 1;
  return run(it, "CompleteLayerUpload", { uploadId, layerDigests: [sha(Buffer.concat(parts))] });
}

test("a layer in two parts is there when it is completed", async () => {
  await using it = await openTestLayers();
  const parts = [randomBytes(5 * MIB), randomBytes(10)];
  const digest = sha(Buffer.concat(parts));
  const { uploadId, ...rest } = await push(it, ...parts);
  assert.match(uploadId, /^[0-9a-f-]{36}$/);
  assert.deepEqual(rest, { registryId: "000000000000", repositoryName, layerDigest: digest });
  assert.deepEqual(await findLayer(it.deps, call, { name: app, digest }), { size: 5 * MIB + 10 });
});

test("an upload's parts are 10 MiB, says its beginning", async () => {
  await using it = await openTestLayers();
  assert.equal((await run(it, "InitiateLayerUpload", {}))["partSize"], 10 * MIB);
});

test("a part other than the last of less than 5 MiB makes the upload incompletable", async () => {
  await using it = await openTestLayers();
  await assert.rejects(push(it, randomBytes(10), randomBytes(10)), {
    code: "LayerPartTooSmallException",
    message: "All layer parts except the last part should be at least 5MB",
  });
  await assert.rejects(push(it, randomBytes(5 * MIB), randomBytes(10), randomBytes(5 * MIB)), {
    code: "LayerPartTooSmallException",
  });
});

test("an upload without parts, and a layer that the repository has, are not completed", async () => {
  await using it = await openTestLayers();
  const { uploadId } = await run(it, "InitiateLayerUpload", {});
  const layerDigests = [sha(Buffer.alloc(0))];
  await assert.rejects(run(it, "CompleteLayerUpload", { uploadId, layerDigests }), { code: "EmptyUploadException" });
  const bytes = randomBytes(10);
  await push(it, bytes);
  await assert.rejects(push(it, bytes), { code: "LayerAlreadyExistsException" });
});

test("parts follow each other, and are as long as they say", async () => {
  await using it = await openTestLayers();
  const { uploadId } = await run(it, "InitiateLayerUpload", {});
  await uploadPart(it, uploadId, 0, randomBytes(10));
  for (const first of [0, 9, 11]) {
    await assert.rejects(uploadPart(it, uploadId, first, randomBytes(10)), { code: "InvalidLayerPartException" });
  }
  const lie = { uploadId, partFirstByte: 10, partLastByte: 20, layerPartBlob: randomBytes(10).toString("base64") };
  await assert.rejects(run(it, "UploadLayerPart", lie), {
    code: "InvalidLayerPartException",
    detail: { registryId: "000000000000", repositoryName, uploadId, lastValidByteReceived: 9 },
  });
  const nowhere = { ...lie, uploadId: "00000000-0000-0000-0000-000000000000" };
  await assert.rejects(run(it, "UploadLayerPart", nowhere), { code: "UploadNotFoundException" });
  assert.equal((await uploadPart(it, uploadId, 10, randomBytes(10))).lastByteReceived, 19);
});

const setParts = query<{ id: string; parts: number }>()((db, p) =>
  db.updateTable("uploads").set({ parts: p.parts }).where("id", "=", p.id),
);

test("an upload has at most 4,200 parts", async () => {
  await using it = await openTestLayers();
  const { uploadId } = await run(it, "InitiateLayerUpload", {});
  await it.deps.metadata.write(testRegistry, (tx) => tx.run(setParts, { id: uploadId, parts: LAYER_PARTS_MAX }));
  await assert.rejects(uploadPart(it, uploadId, 0, randomBytes(10)), { code: "LimitExceededException" });
});

test("what the repository has is available, what is no digest is a failure, and anything else is unavailable", async () => {
  await using it = await openTestLayers();
  const bytes = randomBytes(10);
  const digest = sha(bytes);
  const absent = sha(randomBytes(1));
  await push(it, bytes);
  const layerDigests = [digest, absent, "md5:00", "nonsense", ""];
  const before = await run(it, "BatchCheckLayerAvailability", { layerDigests });
  assert.deepEqual(before.layers, [
    { layerDigest: digest, layerAvailability: "AVAILABLE", layerSize: 10 },
    { layerDigest: absent, layerAvailability: "UNAVAILABLE" },
    { layerDigest: "md5:00", layerAvailability: "UNAVAILABLE" },
  ]);
  const codes = before.failures.map((it) => (it as { failureCode: string }).failureCode);
  assert.deepEqual(codes, ["InvalidLayerDigest", "MissingLayerDigest"]);

  it.clock.advance(LAYER_LEASE_S * 1000);
  await run(it, "BatchCheckLayerAvailability", { layerDigests });
  const lease = query()((db) => db.selectFrom("layers").select("leased_until_ms"));
  const [row] = await it.deps.metadata.readGlobal((tx) => tx.all(lease, {}));
  assert.equal(row!.leased_until_ms, it.clock.now() + LAYER_LEASE_S * 1000);

  await it.needLayer(app, digest);
  const { layers } = await run(it, "BatchCheckLayerAvailability", { layerDigests: [digest] });
  assert.deepEqual(layers, [{ layerDigest: digest, layerAvailability: "AVAILABLE", layerSize: 10, mediaType: "layer/type" }]);
});

test("a download URL names a layer that is there", async () => {
  await using it = await openTestLayers();
  const bytes = randomBytes(10);
  await push(it, bytes);
  await it.needLayer(app, sha(bytes));
  const answer = await run(it, "GetDownloadUrlForLayer", { layerDigest: sha(bytes) });
  assert.equal(answer["layerDigest"], sha(bytes));
  await assert.rejects(run(it, "GetDownloadUrlForLayer", { layerDigest: "md5:00" }), { code: "LayersNotFoundException" });
});
