import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir, uptime } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openDiskBlobs } from "../platform/blobs/disk-blobs.ts";
import { bodyOf, readBlob, sha, stalledBody } from "../testing/blobs-suite.ts";
import { testCall } from "../testing/call.ts";
import { app, openTestLayers } from "../testing/layers.ts";
import { appendToUpload } from "./append-to-upload.ts";
import { completeUpload } from "./complete-upload.ts";
import type { LayerDeps } from "./deps.ts";
import { readUpload } from "./read-upload.ts";
import { startUpload } from "./start-upload.ts";

const call = testCall();
const LEASE_MS = 20_000;
const part = randomBytes(1_000_000);
const rest = randomBytes(2_000_000);
const whole = Buffer.concat([part, rest]);
const evil = randomBytes(2_000_000);

/** Two processes over one folder, an upload of which `part` has been received, and a first process that writes to it and falls asleep. */
async function fallenAsleep() {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "longshore-layers-"));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const it = opened.use(await openTestLayers());
  const [sleeper, other]: LayerDeps[] = [
    { ...it.deps, blobs: opened.use(await openDiskBlobs({ folder })) },
    { ...it.deps, blobs: opened.use(await openDiskBlobs({ folder })) },
  ];
  assert.ok(sleeper && other);
  const key = { name: app, ...(await startUpload(other, call, { name: app })) };
  await appendToUpload(other, call, { ...key, body: bodyOf(part) });
  const stack = opened.move();
  return { it, sleeper, other, key, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test("who wakes up after its claim was taken over changes nothing of what the other one has received", async () => {
  await using at = await fallenAsleep();
  const body = stalledBody(evil.subarray(0, 600_000));
  const sleeping = appendToUpload(at.sleeper, call, { ...at.key, body });
  sleeping.catch(() => undefined);
  await once(body, "resume");
  at.it.clock.advance(LEASE_MS + 1);
  const digest = sha(whole);
  await completeUpload(at.other, call, { ...at.key, digest, body: bodyOf(rest) });
  body.push(evil.subarray(600_000));
  body.push(null);
  await assert.rejects(sleeping, { code: "UploadNotFoundException" });
  assert.deepEqual(sha(await readBlob(at.other.blobs, digest)), digest);
});

test("who wakes up while the other one is writing neither ends the upload nor takes its bytes away", async () => {
  await using at = await fallenAsleep();
  for (const wakeUp of ["append", "complete"] as const) {
    const body = stalledBody(evil.subarray(0, 600_000));
    const input = { ...at.key, body };
    const sleeping =
      wakeUp === "append"
        ? appendToUpload(at.sleeper, call, input)
        : completeUpload(at.sleeper, call, { ...input, digest: sha(evil) });
    sleeping.catch(() => undefined);
    await once(body, "resume");
    at.it.clock.advance(LEASE_MS + 1);
    const slow = stalledBody(rest.subarray(0, 1_000_000));
    const gone = new AbortController();
    const writing = appendToUpload(at.other, testCall({ client: gone }), { ...at.key, body: slow });
    writing.catch(() => undefined);
    await once(slow, "resume");
    body.push(null);
    await assert.rejects(sleeping, { code: "UploadNotFoundException" });
    gone.abort(new Error("the client has gone"));
    await assert.rejects(writing);
    assert.deepEqual(await readUpload(at.other, call, at.key), { size: part.length });
  }
  await completeUpload(at.other, call, { ...at.key, digest: sha(whole), body: bodyOf(rest) });
  assert.deepEqual(await readBlob(at.other.blobs, sha(whole)), whole);
});

test("a request that failed since the machine started does not make the bytes from before it trusted", async () => {
  await using it = await openTestLayers();
  const options = { algorithm: "sha256", limit_bytes: part.length, signal: call.client.signal } as const;
  const key = { name: app, ...(await startUpload(it.deps, call, { name: app })) };
  await appendToUpload(it.deps, call, { ...key, body: bodyOf(part) });
  await it.deps.blobs.append(key.uploadId, 0, bodyOf(Buffer.alloc(part.length)), options);
  it.clock.advance(uptime() * 1000 + 60_000);
  await assert.rejects(appendToUpload(it.deps, call, { ...key, offset: 7, body: bodyOf(rest) }), {
    code: "InvalidLayerPartException",
  });
  await assert.rejects(completeUpload(it.deps, call, { ...key, digest: sha(part) }), { code: "InvalidLayerException" });
});
