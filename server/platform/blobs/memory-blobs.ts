import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import type { Digest, DigestAlgorithm } from "../../kernel/names.ts";
import type { AppendOptions, Blobs, StageId } from "./blobs.ts";
import { readBody } from "./body.ts";
import { lostStage } from "./disk-errors.ts";
import { openBytes } from "./open-blob.ts";
import { createTurns } from "./turns.ts";

/** Blobs in memory, for tests and for trying things out. */
export function createMemoryBlobs(): Blobs {
  const stages = new Map<StageId, { bytes: Buffer; touched_ms: number }>();
  const blobs = new Map<Digest, Buffer>();
  const stored = new Map<Digest, number>();
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
    stages.set(stage, { bytes, touched_ms: Date.now() });
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
        blobs.set(digest, bytesOf(stage, size));
        stored.set(digest, Date.now());
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
      const bytes = blobs.get(digest);
      return bytes && openBytes(bytes);
    },
    async *list(after = "" as Digest) {
      for (const digest of [...blobs.keys()].filter((it) => it > after).sort()) {
        const size = blobs.get(digest)?.length;
        if (size !== undefined) yield { digest, size, stored_ms: stored.get(digest) ?? 0 };
      }
    },
    async size(digest) {
      return blobs.get(digest)?.length;
    },
    async delete(digest) {
      blobs.delete(digest);
    },
    async check() {},
    async [Symbol.asyncDispose]() {
      await turns.endAll();
    },
  };
}

function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}` as Digest;
}
