import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { appendOptions, blobsSuite, bodyOf, putBlob, readBlob, sha, stalledBody } from "../../testing/blobs-suite.ts";
import { withoutMounts } from "../../testing/mounts.ts";
import type { BlobSink } from "./blobs.ts";
import { openDiskBlobs } from "./disk-blobs.ts";
import { removeFile } from "./disk-delete.ts";
import { diskPaths } from "./disk-paths.ts";

const MIB = 1024 * 1024;
const root = await mkdtemp(join(tmpdir(), "longshore-blobs-"));
after(() => rm(root, { recursive: true }));

const newFolder = () => join(root, randomUUID());

blobsSuite("Blobs on disk", () => openDiskBlobs({ folder: newFolder() }));

test("A stage is gone on with by a process that did not begin it, and its first bytes hashed again.", async () => {
  const folder = newFolder();
  const [stage, bytes] = [randomUUID(), randomBytes(6 * MIB)];
  await using first = await openDiskBlobs({ folder });
  await first.append(stage, 0, bodyOf(bytes.subarray(0, 5 * MIB)), appendOptions());
  await using second = await openDiskBlobs({ folder });
  const { digest } = await second.append(stage, 5 * MIB, bodyOf(bytes.subarray(5 * MIB)), appendOptions());
  assert.equal(digest, sha(bytes));
  await second.commit(stage, bytes.length, digest);
  assert.deepEqual(await readBlob(first, digest), bytes);
});

test("A hash is not gone on with when another process has written to the stage since.", async () => {
  const folder = newFolder();
  const stage = randomUUID();
  const [before, after, more] = [randomBytes(MIB), randomBytes(MIB), randomBytes(MIB)];
  await using first = await openDiskBlobs({ folder });
  await using second = await openDiskBlobs({ folder });
  await first.append(stage, 0, bodyOf(before), appendOptions());
  await second.append(stage, 0, bodyOf(after), appendOptions());
  const { digest } = await first.append(stage, MIB, bodyOf(more), appendOptions());
  assert.equal(digest, sha(Buffer.concat([after, more])));
});

test("What a crash left behind the offset is not part of the blob.", async () => {
  const folder = newFolder();
  const [stage, bytes] = [randomUUID(), randomBytes(MIB)];
  await using blobs = await openDiskBlobs({ folder });
  await writeFile(join(folder, "staging", stage), Buffer.concat([bytes.subarray(0, 1_000), randomBytes(3 * MIB)]));
  const { size, digest } = await blobs.append(stage, 1_000, bodyOf(bytes.subarray(1_000)), appendOptions());
  assert.deepEqual({ size, digest }, { size: MIB, digest: sha(bytes) });
  assert.equal((await stat(join(folder, "staging", stage))).size, MIB);
});

test("Chunks of all sizes are written in the order in which they came.", async () => {
  await using blobs = await openDiskBlobs({ folder: newFolder() });
  const chunks = [1, 64 * 1024, 3 * MIB, 65_537, 17, 64 * 1024, 64 * 1024 + 1, MIB, 40_000].flatMap((size) => [
    randomBytes(size),
    ...Array.from({ length: 40 }, () => randomBytes(50_000)),
  ]);
  const bytes = Buffer.concat(chunks);
  const { size, digest } = await blobs.append(randomUUID(), 0, Readable.from(chunks, { objectMode: false }), appendOptions());
  assert.deepEqual({ size, digest }, { size: bytes.length, digest: sha(bytes) });
});

test("Any number of clients that send slowly leave room for one that does not, and end well themselves.", async () => {
  await using blobs = await openDiskBlobs({ folder: newFolder() });
  const start = randomBytes(50_000);
  const slow = Array.from({ length: 80 }, () => stalledBody(start));
  const appending = slow.map((body) => blobs.append(randomUUID(), 0, body, appendOptions()));
  while (slow.some((it) => it.readableLength > 0 || !it.readableFlowing)) await nextTurn();
  const bytes = randomBytes(9 * MIB);
  assert.equal((await blobs.append(randomUUID(), 0, bodyOf(bytes), appendOptions())).digest, sha(bytes));
  for (const body of slow) {
    body.push(start);
    body.push(null);
  }
  for (const { digest } of await Promise.all(appending)) assert.equal(digest, sha(Buffer.concat([start, start])));
});

test("Slabs that were being filled when their clients went away are there for others.", async () => {
  await using blobs = await openDiskBlobs({ folder: newFolder() });
  for (let round = 0; round < 3; round++) {
    const stop = new AbortController();
    const slow = Array.from({ length: 40 }, () => stalledBody(randomBytes(1_000)));
    const gone = slow.map((it) => blobs.append(randomUUID(), 0, it, appendOptions({ signal: stop.signal })));
    while (slow.some((it) => it.readableLength > 0 || !it.readableFlowing)) await nextTurn();
    stop.abort(new Error("the client went away"));
    for (const { status } of await Promise.allSettled(gone)) assert.equal(status, "rejected");
  }
  const bytes = randomBytes(5 * MIB);
  assert.equal((await blobs.append(randomUUID(), 0, bodyOf(bytes), appendOptions())).digest, sha(bytes));
});

test("Names that are not UUIDs or digests never become paths.", async () => {
  await using blobs = await openDiskBlobs({ folder: newFolder() });
  const body = () => bodyOf(Buffer.from("abc"));
  for (const stage of ["../x", "", "a/b", `${randomUUID()}/..`]) {
    await assert.rejects(async () => blobs.append(stage, 0, body(), appendOptions()), /not a UUID/);
  }
  await assert.rejects(async () => blobs.open("sha256:../../x" as never), /not a digest/);
});

test("A sink that fails is reported, every buffer comes back and no file stays open.", async () => {
  await using blobs = await openDiskBlobs({ folder: newFolder() });
  const digest = await putBlob(blobs, randomBytes(10 * MIB));
  const files = async () => (await readdir("/proc/self/fd")).length;
  const open_before = await files();
  for (let round = 0; round < 5; round++) {
    await using blob = await blobs.open(digest);
    assert.ok(blob);
    let writes = 0;
    const sink: BlobSink = {
      write(_bytes, done) {
        setImmediate(() => done(++writes === 2 ? new Error("broken pipe") : null));
        return false;
      },
    };
    await assert.rejects(blob.sendTo(sink, { first: 0, last: blob.size - 1 }, new AbortController().signal), /broken pipe/);
  }
  assert.equal(await files(), open_before);
});

test("Sending to a sink that never answers ends when the signal says so.", async () => {
  await using blobs = await openDiskBlobs({ folder: newFolder() });
  const digest = await putBlob(blobs, randomBytes(10 * MIB));
  await using blob = await blobs.open(digest);
  assert.ok(blob);
  const stop = new AbortController();
  const sink: BlobSink = {
    write() {
      setImmediate(() => stop.abort(new Error("the client went away")));
      return false;
    },
  };
  await assert.rejects(blob.sendTo(sink, { first: 0, last: blob.size - 1 }, stop.signal), /the client went away/);
});

test("Closing the store stops the appends that are under way.", async () => {
  const blobs = await openDiskBlobs({ folder: newFolder() });
  const appending = blobs.append(randomUUID(), 0, stalledBody(randomBytes(MIB)), appendOptions());
  appending.catch(() => undefined);
  await blobs[Symbol.asyncDispose]();
  await assert.rejects(appending);
});

test("A full disk is said to be one, gets its space back, and goes on serving.", { skip: withoutMounts() }, async (t) => {
  const folder = newFolder();
  execFileSync("mkdir", ["-p", folder]);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "longshore-test", folder]);
  t.after(() => execFileSync("umount", ["-l", folder]));
  await using blobs = await openDiskBlobs({ folder });
  const [bytes, more] = [randomBytes(MIB), randomBytes(8 * MIB)];
  const kept = await putBlob(blobs, bytes);
  const stage = randomUUID();
  await blobs.append(stage, 0, bodyOf(bytes), appendOptions());
  const full = { name: "RegistryError", code: "InsufficientStorageException" };
  await assert.rejects(blobs.append(stage, MIB, bodyOf(more), appendOptions({ expected_bytes: more.length })), full);
  assert.equal((await stat(join(folder, "staging", stage))).size, MIB);
  assert.deepEqual(await readBlob(blobs, kept), bytes);
  const part = more.subarray(0, MIB);
  const staged = await blobs.append(stage, MIB, bodyOf(part), appendOptions());
  assert.equal(staged.digest, sha(Buffer.concat([bytes, part])));
});

test("A store whose folders have gone says so when it is checked.", async () => {
  const folder = newFolder();
  await using blobs = await openDiskBlobs({ folder });
  await blobs.check();
  await rm(join(folder, "blobs"), { recursive: true });
  await assert.rejects(blobs.check(), { code: "ENOENT" });
});

test("A file is not lost to one who fell asleep before the removal: it goes back, or is left to the one that has come since.", async () => {
  const folder = newFolder();
  await mkdir(folder);
  const file = join(folder, "file");
  for (const came of [false, true]) {
    await writeFile(file, "bytes");
    let looks = 0;
    const removed = removeFile(file, folder, () => {
      if (looks++ === 0) return false;
      if (came) writeFileSync(file, "bytes");
      return true;
    });
    assert.deepEqual([removed, looks], ["kept", 2]);
    assert.deepEqual(await readdir(folder), ["file"]);
  }
});

test("What cannot be deleted is told of, and keeps nobody from the others.", async () => {
  const folder = newFolder();
  await using blobs = await openDiskBlobs({ folder });
  const [stuck, other] = [await putBlob(blobs, randomBytes(10)), await putBlob(blobs, randomBytes(10))];
  const { file } = diskPaths(folder).blob(stuck);
  await rm(file);
  await mkdir(join(file, "folder"), { recursive: true });
  const { deleted, failures } = await blobs.deleteWithin([stuck, other], 60_000);
  assert.deepEqual(deleted, [other]);
  assert.equal(failures.length, 1);
});
