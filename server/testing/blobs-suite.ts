import assert from "node:assert/strict";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Readable } from "node:stream";
import { suite, test } from "node:test";
import type { ErrorCode } from "../kernel/errors.ts";
import type { Digest, DigestAlgorithm } from "../kernel/names.ts";
import type { AppendOptions, Blobs, BlobSink, StageId } from "../platform/blobs/blobs.ts";

const MIB = 1024 * 1024;

/** What every engine of Blobs must do. `open` gives an empty store, which the suite closes. */
export function blobsSuite(name: string, open: () => Promise<Blobs>): void {
  suite(name, () => {
    appending(open);
    failing(open);
    committing(open);
    sending(open);
  });
}

/** Options for an append that is bound by nothing, but for what is given. */
export function appendOptions(options: Partial<AppendOptions> = {}): AppendOptions {
  return { algorithm: "sha256", limit_bytes: 1024 * MIB, signal: new AbortController().signal, ...options };
}

export function sha(bytes: Uint8Array, algorithm: DigestAlgorithm = "sha256"): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}` as Digest;
}

/** A body that arrives in chunks of `chunk_bytes`, which are slices of one buffer. */
export function bodyOf(bytes: Uint8Array, chunk_bytes = 64 * 1024): Readable {
  function* chunks() {
    for (let at = 0; at < bytes.length; at += chunk_bytes) yield bytes.subarray(at, at + chunk_bytes);
  }
  return Readable.from(chunks(), { objectMode: false });
}

/** A body that is broken off after these bytes. */
export function brokenBody(bytes: Uint8Array): Readable {
  return Readable.from(
    (async function* () {
      yield bytes;
      await nextTurn();
      throw Object.assign(new Error("aborted"), { code: "ECONNRESET" });
    })(),
    { objectMode: false },
  );
}

/** A body that never comes to its end by itself. */
export function stalledBody(bytes: Uint8Array): Readable {
  const body = new Readable({ read() {} });
  body.push(bytes);
  return body;
}

/** Puts a blob into the store. */
export async function putBlob(blobs: Blobs, bytes: Uint8Array, algorithm: DigestAlgorithm = "sha256"): Promise<Digest> {
  const stage = randomUUID();
  const { digest } = await blobs.append(stage, 0, bodyOf(bytes), appendOptions({ algorithm, expected_bytes: bytes.length }));
  await blobs.commit(stage, bytes.length, digest);
  return digest;
}

/** The bytes of a blob, or of a range of it, through a sink that copies each piece and takes its time. */
export async function readBlob(blobs: Blobs, digest: Digest, first = 0, last?: number): Promise<Buffer> {
  await using blob = await blobs.open(digest);
  assert.ok(blob);
  if (blob.size === 0) return Buffer.alloc(0);
  const pieces: Buffer[] = [];
  const sink: BlobSink = {
    write(bytes, done) {
      setImmediate(() => {
        pieces.push(Buffer.from(bytes));
        done();
      });
      return false;
    },
  };
  await blob.sendTo(sink, { first, last: last ?? blob.size - 1 }, new AbortController().signal);
  await nextTurn();
  return Buffer.concat(pieces);
}

const failsWith = (code: ErrorCode) => (error: unknown) => {
  assert.equal((error as { code?: unknown }).code, code, String(error));
  return true;
};

function appending(open: () => Promise<Blobs>): void {
  for (const size of [0, 1, 64 * 1024, 64 * 1024 + 1, 5 * MIB + 3]) {
    test(`A body of ${size} bytes is staged and hashed, announced or not.`, async () => {
      await using blobs = await open();
      const bytes = randomBytes(size);
      const announced = appendOptions({ expected_bytes: size });
      assert.deepEqual(await blobs.append(randomUUID(), 0, bodyOf(bytes), announced), { size, digest: sha(bytes) });
      assert.deepEqual(await blobs.append(randomUUID(), 0, bodyOf(bytes), appendOptions()), { size, digest: sha(bytes) });
    });
  }
  test("Appends go on where the last one ended, in parts small and large.", async () => {
    await using blobs = await open();
    const stage = randomUUID();
    const bytes = randomBytes(4 * MIB);
    let offset = 0;
    for (const end of [10, 100_000, 100_001, 3 * MIB, 3 * MIB, bytes.length]) {
      const part = bytes.subarray(offset, end);
      const staged = await blobs.append(stage, offset, bodyOf(part), appendOptions({ expected_bytes: part.length }));
      assert.deepEqual(staged, { size: end, digest: sha(bytes.subarray(0, end)) });
      offset = end;
    }
  });
  test("An append at an earlier offset forgets what lay behind.", async () => {
    await using blobs = await open();
    const stage = randomUUID();
    const [first, second] = [randomBytes(2 * MIB), randomBytes(MIB)];
    await blobs.append(stage, 0, bodyOf(first), appendOptions());
    for (const offset of [MIB, 500, 0]) {
      const whole = Buffer.concat([first.subarray(0, offset), second]);
      const staged = await blobs.append(stage, offset, bodyOf(second), appendOptions());
      assert.deepEqual(staged, { size: whole.length, digest: sha(whole) });
    }
    await blobs.commit(stage, MIB, sha(second));
    assert.deepEqual(await readBlob(blobs, sha(second)), second);
  });
  test("Chunks may be many small slices of one buffer, and one chunk may be large.", async () => {
    await using blobs = await open();
    const bytes = randomBytes(3 * MIB);
    for (const chunk_bytes of [97, 100_003, bytes.length]) {
      const staged = await blobs.append(randomUUID(), 0, bodyOf(bytes, chunk_bytes), appendOptions());
      assert.equal(staged.digest, sha(bytes));
    }
  });
  test("A stage is hashed under sha512 as well, and its digest told under another algorithm.", async () => {
    await using blobs = await open();
    const stage = randomUUID();
    const bytes = randomBytes(2 * MIB);
    const staged = await blobs.append(stage, 0, bodyOf(bytes), appendOptions({ algorithm: "sha512" }));
    assert.equal(staged.digest, sha(bytes, "sha512"));
    assert.equal(await blobs.digestOf(stage, bytes.length, "sha256"), sha(bytes));
    assert.equal(await blobs.digestOf(stage, 7, "sha256"), sha(bytes.subarray(0, 7)));
    await blobs.commit(stage, bytes.length, staged.digest);
    assert.deepEqual(await readBlob(blobs, staged.digest), bytes);
  });
  test("Stages are written side by side.", async () => {
    await using blobs = await open();
    await Promise.all(
      Array.from({ length: 12 }, async () => {
        const [stage, bytes] = [randomUUID(), randomBytes(2 * MIB)];
        await blobs.append(stage, 0, bodyOf(bytes.subarray(0, MIB)), appendOptions());
        const { digest } = await blobs.append(stage, MIB, bodyOf(bytes.subarray(MIB)), appendOptions());
        await blobs.commit(stage, bytes.length, digest);
        assert.deepEqual(await readBlob(blobs, sha(bytes)), bytes);
      }),
    );
  });
}

function failing(open: () => Promise<Blobs>): void {
  const refused: readonly (readonly [string, (bytes: Uint8Array) => Readable, Partial<AppendOptions>, ErrorCode])[] = [
    ["is broken off", brokenBody, {}, "MalformedHttpRequestException"],
    ["is shorter than announced", bodyOf, { expected_bytes: 4 * MIB }, "MalformedHttpRequestException"],
    ["is longer than announced", bodyOf, { expected_bytes: MIB }, "MalformedHttpRequestException"],
    ["is small and longer than announced", bodyOf, { expected_bytes: 100 }, "MalformedHttpRequestException"],
    ["is larger than allowed", bodyOf, { limit_bytes: MIB }, "RequestEntityTooLargeException"],
  ];
  for (const [what, makeBody, options, code] of refused) {
    test(`A body that ${what} leaves the stage as it was.`, async () => {
      await using blobs = await open();
      const stage = randomUUID();
      const [first, second] = [randomBytes(MIB), randomBytes(2 * MIB)];
      await assert.rejects(blobs.append(stage, 0, makeBody(second), appendOptions(options)), failsWith(code));
      await blobs.append(stage, 0, bodyOf(first), appendOptions());
      await assert.rejects(blobs.append(stage, MIB, makeBody(second), appendOptions(options)), failsWith(code));
      const whole = Buffer.concat([first, second]);
      const staged = await blobs.append(stage, MIB, bodyOf(second), appendOptions({ expected_bytes: second.length }));
      assert.deepEqual(staged, { size: whole.length, digest: sha(whole) });
      await blobs.commit(stage, whole.length, staged.digest);
      assert.deepEqual(await readBlob(blobs, staged.digest), whole);
    });
  }
  test("An append stops when its signal says so, and the next one goes on.", async () => {
    await using blobs = await open();
    const stage = randomUUID();
    const stop = new AbortController();
    const stopped = blobs.append(stage, 0, stalledBody(randomBytes(MIB)), appendOptions({ signal: stop.signal }));
    setImmediate(() => stop.abort(new Error("the client went away")));
    await assert.rejects(stopped, /the client went away/);
    assert.equal((await blobs.append(stage, 0, bodyOf(Buffer.from("abc")), appendOptions())).digest, sha(Buffer.from("abc")));
  });
  test("Whoever writes to a stage next stops the one before, so that a dead connection holds nobody up.", async () => {
    await using blobs = await open();
    const stage = randomUUID();
    const dead = blobs.append(stage, 0, stalledBody(randomBytes(MIB)), appendOptions());
    dead.catch(() => undefined);
    const staged = await blobs.append(stage, 0, bodyOf(Buffer.from("abc")), appendOptions());
    assert.equal(staged.digest, sha(Buffer.from("abc")));
    await assert.rejects(dead, failsWith("InvalidLayerPartException"));
  });
  test("An append behind the end of a stage is refused.", async () => {
    await using blobs = await open();
    const late = blobs.append(randomUUID(), 5, bodyOf(Buffer.from("abc")), appendOptions());
    await assert.rejects(late, failsWith("UploadNotFoundException"));
  });
}

function committing(open: () => Promise<Blobs>): void {
  test("A blob of no bytes can be committed and opened.", async () => {
    await using blobs = await open();
    const digest = await putBlob(blobs, Buffer.alloc(0));
    assert.equal(await blobs.size(digest), 0);
    assert.deepEqual(await readBlob(blobs, digest), Buffer.alloc(0));
  });
  test("A commit may be repeated, and made of a second stage with the same bytes.", async () => {
    await using blobs = await open();
    const bytes = randomBytes(MIB);
    const stages: readonly StageId[] = [randomUUID(), randomUUID()];
    for (const stage of stages) await blobs.append(stage, 0, bodyOf(bytes), appendOptions());
    for (const stage of [...stages, ...stages]) await blobs.commit(stage, bytes.length, sha(bytes));
    assert.deepEqual(await readBlob(blobs, sha(bytes)), bytes);
    assert.deepEqual(await Array.fromAsync(blobs.stages()), []);
  });
  test("A commit takes only the bytes that it names.", async () => {
    await using blobs = await open();
    const [stage, bytes] = [randomUUID(), randomBytes(MIB)];
    await blobs.append(stage, 0, bodyOf(bytes), appendOptions());
    await blobs.commit(stage, 1_000, sha(bytes.subarray(0, 1_000)));
    assert.deepEqual(await readBlob(blobs, sha(bytes.subarray(0, 1_000))), bytes.subarray(0, 1_000));
  });
  test("A commit of a stage that is not there is refused.", async () => {
    await using blobs = await open();
    await assert.rejects(blobs.commit(randomUUID(), 3, sha(Buffer.from("abc"))), failsWith("UploadNotFoundException"));
  });
  test("Stages are listed until they are discarded, which may be repeated.", async () => {
    await using blobs = await open();
    const stage = randomUUID();
    await blobs.append(stage, 0, bodyOf(randomBytes(100_000)), appendOptions());
    const [listed, ...others] = await Array.fromAsync(blobs.stages());
    assert.equal(listed?.stage, stage);
    assert.ok(listed.touched_ms > 0);
    assert.deepEqual(others, []);
    await blobs.discard(stage);
    await blobs.discard(stage);
    assert.deepEqual(await Array.fromAsync(blobs.stages()), []);
  });
  test("A blob that is deleted is not there any more, and may come back.", async () => {
    await using blobs = await open();
    for (const bytes of [randomBytes(1_000), randomBytes(MIB)]) {
      const digest = await putBlob(blobs, bytes);
      assert.deepEqual(await readBlob(blobs, digest), bytes);
      await blobs.delete(digest);
      await blobs.delete(digest);
      assert.equal(await blobs.open(digest), undefined);
      assert.equal(await blobs.size(digest), undefined);
      await putBlob(blobs, bytes);
      assert.deepEqual(await readBlob(blobs, digest), bytes);
    }
  });
  test("Many blobs are deleted at once, those that are not there too, and none when the time is over.", async () => {
    await using blobs = await open();
    const digests = [await putBlob(blobs, randomBytes(1_000)), await putBlob(blobs, randomBytes(MIB)), sha(randomBytes(8))];
    const kept = await putBlob(blobs, randomBytes(1_000));
    assert.deepEqual(await blobs.deleteWithin(digests, 0), { deleted: [], failures: [] });
    assert.equal((await Array.fromAsync(blobs.list())).length, 3);
    for (let time = 0; time < 2; time++) {
      assert.deepEqual(await blobs.deleteWithin(digests, 60_000), { deleted: digests, failures: [] });
      const left = await Array.fromAsync(blobs.list());
      assert.deepEqual(
        left.map(({ digest }) => digest),
        [kept],
      );
    }
    assert.deepEqual(await Array.fromAsync(blobs.stages()), []);
  });
  test("Blobs are listed in the order of their digests, from behind any of them on.", async () => {
    await using blobs = await open();
    assert.deepEqual(await Array.fromAsync(blobs.list()), []);
    const sizes = new Map<Digest, number>();
    for (let size = 0; size < 40; size++)
      sizes.set(await putBlob(blobs, randomBytes(size), size % 8 === 0 ? "sha512" : "sha256"), size);
    const digests = [...sizes.keys()].sort();
    const listed = await Array.fromAsync(blobs.list());
    assert.deepEqual(
      listed.map((it) => [it.digest, it.size]),
      digests.map((it) => [it, sizes.get(it)]),
    );
    assert.ok(listed.every((it) => Math.abs(it.stored_ms - Date.now()) < 60_000));
    for (const [index, after] of digests.entries()) {
      const rest = await Array.fromAsync(blobs.list(after));
      assert.deepEqual(
        rest.map((it) => it.digest),
        digests.slice(index + 1),
      );
    }
    const gone = digests[3] as Digest;
    await blobs.delete(gone);
    const left = await Array.fromAsync(blobs.list(gone));
    assert.deepEqual(
      left.map((it) => it.digest),
      digests.slice(4),
    );
  });
  test("A blob is verified in pieces, whichever its algorithm and size; one that is not there is missing.", async () => {
    await using blobs = await open();
    const { signal } = new AbortController();
    for (const size of [0, 1, MIB + 1]) {
      for (const algorithm of ["sha256", "sha512"] as const) {
        const digest = await putBlob(blobs, randomBytes(size), algorithm);
        assert.deepEqual(await blobs.verify(digest, { signal }), { state: "sound", size });
        assert.equal(await blobs.putBack(digest, { signal }), false);
      }
    }
    const missing = sha(Buffer.from("nowhere"));
    assert.deepEqual(await blobs.verify(missing, { signal }), { state: "missing" });
    assert.equal(await blobs.putBack(missing, { signal }), false);
  });
  test("Verifying keeps to its pace, and stops when its signal says so.", async () => {
    await using blobs = await open();
    const digest = await putBlob(blobs, randomBytes(MIB));
    const stop = new AbortController();
    let paced = 0;
    const pace = async (bytes: number) => {
      paced += bytes;
      await nextTurn();
    };
    await blobs.verify(digest, { signal: stop.signal, pace });
    assert.equal(paced, MIB);
    stop.abort(new Error("that will do"));
    await assert.rejects(blobs.verify(digest, { signal: stop.signal, pace }), /that will do/);
  });
  test("The store says that it is well.", async () => {
    await using blobs = await open();
    await blobs.check();
  });
}

function sending(open: () => Promise<Blobs>): void {
  for (const size of [1_000, 64 * 1024, 10 * MIB + 11]) {
    test(`Any range of a blob of ${size} bytes is sent, through a slow sink.`, async () => {
      await using blobs = await open();
      const bytes = randomBytes(size);
      const digest = await putBlob(blobs, bytes);
      assert.equal(await blobs.size(digest), size);
      const middle = Math.floor(size / 2);
      for (const [first, last] of [
        [0, size - 1],
        [0, 0],
        [size - 1, size - 1],
        [1, middle],
        [middle, size - 1],
      ] as const) {
        assert.deepEqual(await readBlob(blobs, digest, first, last), bytes.subarray(first, last + 1));
      }
    });
  }
  test("Many may read one blob at the same time.", async () => {
    await using blobs = await open();
    const bytes = randomBytes(3 * MIB);
    const digest = await putBlob(blobs, bytes);
    const sent = await Promise.all(Array.from({ length: 20 }, () => readBlob(blobs, digest)));
    for (const each of sent) assert.deepEqual(each, bytes);
  });
  test("Sending stops when the signal says so, and the blob can be closed.", async () => {
    await using blobs = await open();
    const digest = await putBlob(blobs, randomBytes(2 * MIB));
    await using blob = await blobs.open(digest);
    assert.ok(blob);
    const stop = AbortSignal.abort(new Error("the client went away"));
    const sink: BlobSink = { write: () => false };
    await assert.rejects(blob.sendTo(sink, { first: 0, last: blob.size - 1 }, stop), /the client went away/);
    await blob[Symbol.asyncDispose]();
  });
}
