import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import type { Digest } from "../../kernel/names.ts";
import { putBlob, sha } from "../../testing/blobs-suite.ts";
import { type Blobs, DamagedBlob } from "./blobs.ts";
import { copyBlob } from "./copy-blob.ts";
import { createMemoryBlobs } from "./memory-blobs.ts";
import { openBytes } from "./open-blob.ts";

const { signal } = new AbortController();

describe("copyBlob", () => {
  test("copies a blob of any size, and does nothing where it is already", async () => {
    const [from, to] = [createMemoryBlobs(), createMemoryBlobs()];
    for (const size of [0, 1, 3 * 1024 * 1024]) {
      const digest = await putBlob(from, randomBytes(size));
      for (let times = 0; times < 2; times++) assert.equal(await copyBlob(digest, { from, to, signal }), "there");
      assert.equal(await to.size(digest), size);
    }
    assert.equal(await copyBlob(sha(Buffer.from("nowhere")), { from, to, signal }), "absent");
  });

  test("believes a copy that is there already only when its bytes are the blob", async () => {
    const [from, to] = [createMemoryBlobs(), createMemoryBlobs()];
    const digest = await putBlob(from, randomBytes(100));
    let isRotten = true;
    const rotten: Blobs = {
      ...to,
      verify: async (it, options) =>
        isRotten ? { state: "damaged", why: "It has rotted.", version: "1" } : to.verify(it, options),
      setAside: async (_, version) => version === "1" && !(isRotten = false),
    };
    assert.equal(await copyBlob(digest, { from, to: rotten, signal }), "there");
    assert.equal((await to.verify(digest, { signal })).state, "sound");
  });

  test("leaves nothing of a blob whose bytes are others", async () => {
    const to = createMemoryBlobs();
    const from = serving(randomBytes(100));
    assert.equal(await copyBlob(sha(Buffer.from("something else")), { from, to, signal }), "damaged");
    assert.equal(await count(to), 0);
  });

  test("leaves nothing when it is told to stop, and when bytes end early", async () => {
    const to = createMemoryBlobs();
    const bytes = randomBytes(100);
    const digest: Digest = sha(bytes);
    const stop = new AbortController();
    const reason = new Error("stop");
    const stopping = serving(bytes, () => stop.abort(reason));
    await assert.rejects(copyBlob(digest, { from: stopping, to, signal: stop.signal }), reason);
    const failing = serving(bytes, () => {
      throw new Error("read error");
    });
    await assert.rejects(copyBlob(digest, { from: failing, to, signal }));
    const unreadable = serving(bytes, () => {
      throw new DamagedBlob("It cannot be read.");
    });
    assert.equal(await copyBlob(digest, { from: unreadable, to, signal }), "damaged");
    assert.equal(await count(to), 0);
  });
});

/** A store that has these bytes under every digest, and does something before it sends them. */
function serving(bytes: Buffer, before: () => void = () => undefined): Blobs {
  return {
    ...createMemoryBlobs(),
    async open() {
      const blob = openBytes(bytes);
      return {
        ...blob,
        size: bytes.length,
        async sendTo(...all) {
          before();
          await blob.sendTo(...all);
        },
      };
    },
  };
}

async function count(blobs: Blobs): Promise<number> {
  let found = 0;
  for await (const _blob of blobs.list()) found++;
  for await (const _stage of blobs.stages()) found++;
  return found;
}
