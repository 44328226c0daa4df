import type { Digest } from "../../kernel/names.ts";

/** Whole small blobs in memory, the latest used ones. Their bytes never change, so nothing here goes stale. */
export interface ByteCache {
  get(digest: Digest): Buffer | undefined;
  put(digest: Digest, bytes: Buffer): void;
  delete(digest: Digest): void;
}

/** A blob of up to this size is read, kept and sent as one. */
export const SMALL_BLOB_BYTES_MAX = 64 * 1024;
const CACHE_BYTES_MAX = 32 * 1024 * 1024;
/** What an entry weighs beside its bytes. */
const ENTRY_BYTES = 512;

export function createByteCache(): ByteCache {
  const entries = new Map<Digest, Buffer>();
  let weight_bytes = 0;

  const remove = (digest: Digest) => {
    const bytes = entries.get(digest);
    if (bytes === undefined) return;
    entries.delete(digest);
    weight_bytes -= bytes.length + ENTRY_BYTES;
  };
  return {
    get(digest) {
      const bytes = entries.get(digest);
      if (bytes === undefined) return undefined;
      entries.delete(digest);
      entries.set(digest, bytes);
      return bytes;
    },
    put(digest, bytes) {
      remove(digest);
      entries.set(digest, bytes);
      weight_bytes += bytes.length + ENTRY_BYTES;
      for (const oldest of entries.keys()) {
        if (weight_bytes <= CACHE_BYTES_MAX) break;
        remove(oldest);
      }
    },
    delete: remove,
  };
}
