import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { type Clock, systemClock } from "../../kernel/clock.ts";
import type { Digest, DigestAlgorithm } from "../../kernel/names.ts";
import type { AppendOptions, Blobs, Deletions, ListedBlob, StageId } from "./blobs.ts";
import { readBody } from "./body.ts";
import { lostStage } from "./disk-errors.ts";
import { openBytes } from "./open-blob.ts";
import { createTurns } from "./turns.ts";

interface StoredBytes {
  readonly bytes: Buffer;
  readonly stored_ms: number;
}

/** Blobs in memory, for tests and for trying things out. */
export function createMemoryBlobs(clock: Clock = systemClock): Blobs {
  const stages = new Map<StageId, { bytes: Buffer; touched_ms: number }>();
  const blobs = new Map<Digest, StoredBytes>();
  const turns = createTurns();

  const bytesOf = (stage: StageId, size: number): Buffer => {
    const bytes = stages.get(stage)?.bytes ?? Buffer.alloc(0);
    if (bytes.length < size) throw lostStage();
    return bytes.subarray(0, size);
  };
  const append = async (stage: StageId, offset: number, body: Readable, options: AppendOptions) => {
    const gathered: Uint8Array[] = [bytesOf(stage, offset)];
    await readBody(body, options, (chunks) => {
      gathered.push(...chunks);
      return undefined;
    });
    const bytes = Buffer.concat(gathered);
    stages.set(stage, { bytes, touched_ms: clock.now() });
    return { size: bytes.length, digest: digestOf(bytes, options.algorithm) };
  };
  return {
    append: (stage, offset, body, options) =>
      turns.take(stage, options.signal, (signal) => append(stage, offset, body, { ...options, signal })),
    async digestOf(stage, size, algorithm) {
      return digestOf(bytesOf(stage, size), algorithm);
    },
    async commit(stage, size, digest) {
      if (!blobs.has(digest)) {
        if (!stages.has(stage)) throw lostStage();
        blobs.set(digest, { bytes: bytesOf(stage, size), stored_ms: clock.now() });
      }
      stages.delete(stage);
    },
    takeOver: (stage) => turns.end(stage),
    async discard(stage) {
      await turns.end(stage);
      stages.delete(stage);
    },
    async *stages() {
      for (const [stage, { touched_ms }] of stages) yield { stage, touched_ms };
    },
    async open(digest) {
      const bytes = blobs.get(digest)?.bytes;
      return bytes && openBytes(bytes);
    },
    async verify(digest, { signal, pace }) {
      const bytes = blobs.get(digest)?.bytes;
      if (bytes === undefined) return { state: "missing" };
      await pace?.(bytes.length);
      signal.throwIfAborted();
      return { state: "sound", size: bytes.length };
    },
    // Memory does not rot.
    setAside: async (digest) => !blobs.has(digest),
    putBack: async () => false,
    list: (after) => listSorted(blobs, after),
    async size(digest) {
      return blobs.get(digest)?.bytes.length;
    },
    async delete(digest) {
      blobs.delete(digest);
    },
    deleteWithin: async (digests, within_ms) => deleteAll(blobs, within_ms > 0 ? digests : []),
    async check() {},
    async [Symbol.asyncDispose]() {
      await turns.endAll();
    },
  };
}

function deleteAll(blobs: Map<Digest, StoredBytes>, digests: readonly Digest[]): Deletions {
  for (const digest of digests) blobs.delete(digest);
  return { deleted: digests, failures: [] };
}

async function* listSorted(blobs: ReadonlyMap<Digest, StoredBytes>, after?: Digest): AsyncIterable<ListedBlob> {
  for (const digest of [...blobs.keys()].sort()) {
    const blob = blobs.get(digest);
    if (blob === undefined || (after !== undefined && digest <= after)) continue;
    yield { digest, size: blob.bytes.length, stored_ms: blob.stored_ms };
  }
}

function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}` as Digest;
}
