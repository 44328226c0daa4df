import { unreachable } from "../../kernel/errors.ts";
import type { Digest, DigestAlgorithm } from "../../kernel/names.ts";
import type { Staged } from "./blobs.ts";
import { BATCH_BYTES, type TakeBatch } from "./body.ts";
import type { JobThread } from "./job-thread.ts";
import type { ReleaseChunk } from "./release-chunk.ts";
import type { Slabs } from "./slabs.ts";

/** A slab holds one batch of a body. */
export const SLAB_BYTES = BATCH_BYTES;
/** One that is being written, one that waits and one on its way. */
const SLABS_PER_APPEND_MAX = 3;

export interface AppendTo {
  readonly path: string;
  readonly offset: number;
  readonly algorithm: DigestAlgorithm;
  /** What happens to a chunk when its bytes have been copied. */
  readonly release: ReleaseChunk;
}

/** An append in a hash thread. It must be kept or undone. */
export interface HashedAppend {
  readonly take: TakeBatch;
  /** Resolves when all is written. Throws when something could not be; then nothing was kept. */
  keep(): Promise<Staged>;
  /** Puts the stage back to what it was. */
  undo(): Promise<void>;
}

/** Opens a stage in its thread. Resolves when bytes may be given. */
export async function beginHashedAppend(thread: JobThread, slabs: Slabs, to: AppendTo): Promise<HashedAppend> {
  const inThread: Uint8Array[] = [];
  let failure: unknown;
  let ended = false;
  let onRoom: (() => void) | undefined;

  const job = thread.begin((error) => {
    failure ??= error;
    // The thread handles a job's slabs in order.
    const slab = inThread.shift();
    if (slab !== undefined) slabs.give(slab);
    onRoom?.();
  });
  const send = (slab: Uint8Array, chunks: readonly Uint8Array[]) => {
    inThread.push(slab);
    job.send(slab.subarray(0, fill(slab, chunks)));
    for (const chunk of chunks) to.release(chunk);
  };
  const takeInTurn = async (chunks: readonly Uint8Array[]) => {
    for (const batch of batches(chunks)) {
      if (inThread.length >= SLABS_PER_APPEND_MAX) await new Promise<void>((resolve) => (onRoom = resolve));
      const slab = await slabs.take();
      if (ended || failure !== undefined) {
        slabs.give(slab);
        throw failure ?? unreachable("bytes for an append that has ended");
      }
      send(slab, batch);
    }
  };
  const end = async (keep: boolean) => {
    ended = true;
    try {
      return await job.ask({ kind: "end", keep });
    } finally {
      job.end();
    }
  };

  try {
    const { path, offset, algorithm } = to;
    await job.ask({ kind: "append", path, offset, algorithm });
  } catch (error) {
    job.end();
    throw error;
  }
  return {
    take(chunks) {
      if (failure !== undefined) throw failure;
      const fits = inThread.length < SLABS_PER_APPEND_MAX && lengthOf(chunks) <= SLAB_BYTES;
      const slab = fits ? slabs.takeNow() : undefined;
      if (slab === undefined) return takeInTurn(chunks);
      send(slab, chunks);
      return undefined;
    },
    async keep() {
      const { size, hex } = await end(true);
      return { size, digest: `${to.algorithm}:${hex}` as Digest };
    },
    async undo() {
      await end(false);
    },
  };
}

/** Cuts what was given into batches that fit a slab: a single chunk may be larger than one. */
function* batches(chunks: readonly Uint8Array[]): Generator<readonly Uint8Array[]> {
  if (lengthOf(chunks) <= SLAB_BYTES) return yield chunks;
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += SLAB_BYTES) yield [chunk.subarray(at, at + SLAB_BYTES)];
  }
}

/**
 * Copies, and does not transfer: chunks may be slices of one buffer, which transferring would take away from the rest.
 * The copy is cheap beside hashing.
 */
function fill(slab: Uint8Array, chunks: readonly Uint8Array[]): number {
  let at = 0;
  for (const chunk of chunks) {
    copyInto(slab, chunk, at);
    at += chunk.length;
  }
  return at;
}

/** Node's copy: `set` into shared memory copies with care for others who write there, and nobody does. */
function copyInto(slab: Uint8Array, chunk: Uint8Array, at: number): void {
  Buffer.prototype.copy.call(chunk, slab, at);
}

function lengthOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}
