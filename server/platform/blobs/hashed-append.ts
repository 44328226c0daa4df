import { unreachable } from "../../kernel/errors.ts";
import type { Digest, DigestAlgorithm } from "../../kernel/names.ts";
import type { Staged } from "./blobs.ts";
import { BATCH_BYTES, type TakeBatch, type TakeChunk } from "./body.ts";
import type { JobThread } from "./job-thread.ts";
import type { ReleaseChunk } from "./release-chunk.ts";
import { copyInto, createSlabFiller } from "./slab-filler.ts";
import type { Slabs } from "./slabs.ts";

/** A slab holds one batch of a body. */
export const SLAB_BYTES = BATCH_BYTES;
/** One that is being written and one that waits, beside the one that is being filled. */
const SLABS_IN_THREAD_MAX = 2;

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
  /**
   * Copies a chunk into a slab while it is still in the processor's cache, and releases it, so that node reads the next one
   * into the same memory. Gathered first, the chunks of a few uploads would be more than the cache holds.
   */
  readonly takeChunk: TakeChunk;
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
  const send = (slab: Uint8Array, length: number) => {
    inThread.push(slab);
    job.send(slab.subarray(0, length));
  };
  const room = () => new Promise<void>((resolve) => (onRoom = resolve));
  const filler = createSlabFiller(slabs, send, to.release);
  const takeInTurn = async (chunks: readonly Uint8Array[]) => {
    for (const batch of batches(chunks)) {
      if (inThread.length >= SLABS_IN_THREAD_MAX) await room();
      const slab = await slabs.take();
      if (ended || failure !== undefined) {
        slabs.give(slab);
        throw failure ?? unreachable("bytes for an append that has ended");
      }
      send(slab, fill(slab, batch));
      for (const chunk of batch) to.release(chunk);
    }
  };
  const end = async (keep: boolean) => {
    ended = true;
    if (keep) filler.flush();
    else filler.drop();
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
    takeChunk(chunk) {
      if (failure !== undefined) throw failure;
      const added = filler.add(chunk);
      if (added !== "full") return added === "taken" ? undefined : added;
      if (inThread.length >= SLABS_IN_THREAD_MAX) return room().then(() => filler.flush());
      filler.flush();
      return undefined;
    },
    take(chunks) {
      if (failure !== undefined) throw failure;
      return takeInTurn(chunks);
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

function lengthOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}
