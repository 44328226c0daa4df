import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Digest } from "../../kernel/names.ts";
import { putBlob, readBlob } from "../../testing/blobs-suite.ts";
import { type Blobs, DamagedBlob } from "./blobs.ts";
import { openDiskBlobs } from "./disk-blobs.ts";
import { diskPaths } from "./disk-paths.ts";

const MIB = 1024 * 1024;
const root = await mkdtemp(join(tmpdir(), "longshore-verify-"));
after(() => rm(root, { recursive: true }));

const options = { signal: new AbortController().signal };

async function openStore() {
  const folder = join(root, randomUUID());
  const blobs = await openDiskBlobs({ folder });
  const fileOf = (digest: Digest) => diskPaths(folder).blob(digest).file;
  const aside = () => readdir(join(folder, "set-aside"));
  return { folder, blobs, fileOf, aside, [Symbol.asyncDispose]: () => blobs[Symbol.asyncDispose]() };
}

async function flipBit(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(path, bytes);
}

async function damageOf(blobs: Blobs, digest: Digest): Promise<{ why: string; version: string }> {
  const found = await blobs.verify(digest, options);
  assert.equal(found.state, "damaged");
  return found;
}

const DAMAGES: readonly (readonly [string, RegExp, (path: string) => Promise<void>])[] = [
  ["has a bit that flipped", /^Its 3145728 bytes have the digest sha256:/, (path) => flipBit(path, 2 * MIB)],
  ["was cut off", /^Its 1000 bytes have the digest/, (path) => truncate(path, 1_000)],
  ["was emptied", /^Its 0 bytes have the digest/, (path) => truncate(path)],
  ["became longer", /^Its 3145732 bytes have the digest/, (path) => writeFile(path, "more", { flag: "a" })],
  [
    "became a folder",
    /^Its bytes cannot be read: the disk says EISDIR/,
    async (path) => {
      await rm(path);
      await mkdir(path);
    },
  ],
];
for (const [what, why, damage] of DAMAGES) {
  test(`A blob that ${what} is damaged; set aside, it is missing, and can be pushed again.`, async () => {
    await using store = await openStore();
    const { blobs } = store;
    const bytes = randomBytes(3 * MIB);
    const digest = await putBlob(blobs, bytes);
    await damage(store.fileOf(digest));
    const found = await damageOf(blobs, digest);
    assert.match(found.why, why);
    assert.equal(await blobs.setAside(digest, found.version), true);
    assert.deepEqual(await blobs.verify(digest, options), { state: "missing" });
    assert.equal(await blobs.open(digest), undefined);
    assert.equal((await store.aside()).length, 1);
    assert.equal(await blobs.putBack(digest, options), false);
    await putBlob(blobs, bytes);
    assert.deepEqual(await readBlob(blobs, digest), bytes);
    assert.deepEqual(await blobs.verify(digest, options), { state: "sound", size: bytes.length });
  });
}

test("What has taken a damaged blob's place since it was verified is not set aside.", async () => {
  await using store = await openStore();
  const { blobs } = store;
  const bytes = randomBytes(MIB);
  const digest = await putBlob(blobs, bytes);
  await truncate(store.fileOf(digest), 1);
  const { version } = await damageOf(blobs, digest);
  await putBlob(blobs, bytes);
  assert.equal(await blobs.setAside(digest, version), false);
  assert.deepEqual(await blobs.verify(digest, options), { state: "sound", size: MIB });
  await blobs.delete(digest);
  assert.equal(await blobs.setAside(digest, version), true);
  await assert.rejects(store.aside(), { code: "ENOENT" });
});

test("A blob that was set aside and is sound is put back, unless another has come.", async () => {
  await using store = await openStore();
  const { blobs } = store;
  const bytes = randomBytes(MIB);
  const digest = await putBlob(blobs, bytes);
  for (let round = 0; round < 2; round++) {
    await flipBit(store.fileOf(digest), 7);
    const { version } = await damageOf(blobs, digest);
    await blobs.setAside(digest, version);
    await putBlob(blobs, bytes);
  }
  await rm(store.fileOf(digest));
  const [first = "", second = ""] = await store.aside();
  assert.equal(await blobs.putBack(digest, options), false);
  // The disk gives back what it had lost.
  await flipBit(join(store.folder, "set-aside", second), 7);
  assert.equal(await blobs.putBack(digest, options), true);
  assert.deepEqual(await readBlob(blobs, digest), bytes);
  await flipBit(join(store.folder, "set-aside", first), 7);
  assert.equal(await blobs.putBack(digest, options), false);
  assert.deepEqual(await store.aside(), [first]);
});

test("A small blob that is damaged is never read, and not kept in memory.", async () => {
  await using store = await openStore();
  const { blobs } = store;
  const bytes = randomBytes(1_000);
  const digest = await putBlob(blobs, bytes);
  await flipBit(store.fileOf(digest), 7);
  await assert.rejects(blobs.open(digest), DamagedBlob);
  await flipBit(store.fileOf(digest), 7);
  assert.deepEqual(await readBlob(blobs, digest), bytes);
});

test("A pull that has begun goes on when its blob is set aside, and one of a blob that was cut off fails as damaged.", async () => {
  await using store = await openStore();
  const { blobs } = store;
  const digest = await putBlob(blobs, randomBytes(20 * MIB));
  await flipBit(store.fileOf(digest), 0);
  await using open = await blobs.open(digest);
  assert.ok(open);
  const { version } = await damageOf(blobs, digest);
  let received = 0;
  const sink = (each: () => Promise<void>) => ({
    write(bytes: Uint8Array, done: () => void) {
      received += bytes.length;
      const work = async () => {
        await each();
        done();
      };
      void work();
      return false;
    },
  });
  const whole = { first: 0, last: 20 * MIB - 1 };
  await open.sendTo(
    sink(async () => void (await blobs.setAside(digest, version))),
    whole,
    options.signal,
  );
  assert.equal(received, 20 * MIB);
  const [name = ""] = await store.aside();
  const cutOff = open.sendTo(
    sink(() => truncate(join(store.folder, "set-aside", name), 10)),
    whole,
    options.signal,
  );
  await assert.rejects(cutOff, DamagedBlob);
});

test("A blob of another size than expected is damaged without being read.", async () => {
  await using store = await openStore();
  const digest = await putBlob(store.blobs, randomBytes(MIB));
  const found = await store.blobs.verify(digest, { ...options, size: MIB + 1, pace: () => assert.fail("it is read") });
  assert.equal(found.state === "damaged" && found.why, "It has 1048576 bytes where 1048577 are expected.");
  assert.deepEqual(await store.blobs.verify(digest, { ...options, size: MIB }), { state: "sound", size: MIB });
});

test("What keeps us from reading, and is not the blob's fault, is no damage.", async () => {
  await using store = await openStore();
  const path = store.fileOf(await putBlob(store.blobs, randomBytes(MIB)));
  const [digest] = (await Array.fromAsync(store.blobs.list())).map((it) => it.digest);
  assert.ok(digest);
  await rm(path);
  await symlink(path, path);
  await assert.rejects(store.blobs.verify(digest, options), { code: "ELOOP" });
});
