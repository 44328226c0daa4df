import type { ReleaseChunk } from "./release-chunk.ts";
import type { Slabs } from "./slabs.ts";

/** Node reads a body in chunks of at most this. A slab that has no room for one more is full. */
const CHUNK_BYTES_MAX = 64 * 1024;
/** Slabs that are kept for whole batches: clients that send slowly hold those that they fill, and must not hold all. */
const SLABS_FOR_BATCHES = 8;

/** The slab that an append is filling, if any. */
export interface SlabFiller {
  /**
   * Copies a chunk into it, and releases it. "full" asks for `flush` before more is added. "not now" when the chunk was not
   * taken; then there is nothing before it that has not been sent.
   */
  add(chunk: Uint8Array): "not now" | "taken" | "full";
  /** Sends what there is. */
  flush(): void;
  /** Gives the slab back unsent. */
  drop(): void;
}

export function createSlabFiller(
  slabs: Slabs,
  send: (slab: Uint8Array, length: number) => void,
  release: ReleaseChunk,
): SlabFiller {
  let slab: Uint8Array | undefined;
  let length = 0;

  const flush = () => {
    const full = slab;
    slab = undefined;
    if (full !== undefined) send(full, length);
    length = 0;
  };
  return {
    add(chunk) {
      if (chunk.length > CHUNK_BYTES_MAX) flush();
      else if (slab === undefined && slabs.free() > SLABS_FOR_BATCHES) slab = slabs.takeNow();
      if (slab === undefined) return "not now";
      copyInto(slab, chunk, length);
      const { length: added } = chunk;
      release(chunk);
      length += added;
      return length + CHUNK_BYTES_MAX > slab.length ? "full" : "taken";
    },
    flush,
    drop() {
      if (slab !== undefined) slabs.give(slab);
      slab = undefined;
      length = 0;
    },
  };
}

/** Node's copy: `set` into shared memory copies with care for others who write there, and nobody does. */
export function copyInto(slab: Uint8Array, chunk: Uint8Array, at: number): void {
  Buffer.prototype.copy.call(chunk, slab, at);
}
