import { type StatsFs, statfsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { diskFull } from "./blobs/disk-errors.ts";

/**
 * The last of a disk is kept for what frees it. To delete an image takes writing to the database first, and so does starting:
 * a disk that pushes had filled to the last byte would stay full.
 */
export interface DiskReserve {
  /** To be asked before so many bytes are written. Throws InsufficientStorageException when no more than the reserve would be left. */
  check(size_bytes?: number): Promise<void>;
}

const MIB = 1024 * 1024;
/** What is kept, or an eighth of a small disk: many times what SQLite's log grows to before it is written back. */
const RESERVE_BYTES_MAX = 64 * MIB;
const RESERVE_SHARE = 1 / 8;
/** With more than this left beside the reserve, the disk is not looked at for a moment. */
const CLOSE_BYTES = 512 * MIB;
const BELIEVED_MS = 1_000;

/** The reserve of the disk that a folder is on. */
export function createDiskReserve(folder: string, left: (folder: string) => Promise<number> = leftOn): DiskReserve {
  let looked_ms = Number.NEGATIVE_INFINITY;
  let left_bytes = 0;
  return {
    async check(size_bytes = 0) {
      if (left_bytes <= CLOSE_BYTES || performance.now() - looked_ms > BELIEVED_MS) {
        left_bytes = await left(folder);
        looked_ms = performance.now();
      }
      if (left_bytes <= size_bytes) throw onlyReserveLeft();
    },
  };
}

/** What a client is told whose bytes would need the reserve. */
export function onlyReserveLeft(): Error {
  return diskFull("full but for what deleting images takes");
}

/** How many bytes may be written to the disk of a folder before only its reserve is left. */
async function leftOn(folder: string): Promise<number> {
  // Where the system does not say, the write itself will find out whether there is room.
  return statfs(folder).then(leftOf, () => Number.POSITIVE_INFINITY);
}

/**
 * Whether so many bytes may be written to a file, for a thread or a transaction that does not wait. It takes some microseconds: the
 * system knows this of a local disk without reading from it.
 */
export function hasRoomFor(path: string, size_bytes: number): boolean {
  try {
    return leftOf(statfsSync(dirname(path))) >= size_bytes;
  } catch {
    return true;
  }
}

/** Exported for its tests. */
export function leftOf({ bavail, blocks, bsize }: Pick<StatsFs, "bavail" | "blocks" | "bsize">): number {
  // Some file systems say nothing of their size: they have no end that we could keep clear of.
  if (blocks === 0) return Number.POSITIVE_INFINITY;
  return bavail * bsize - Math.min(RESERVE_BYTES_MAX, blocks * bsize * RESERVE_SHARE);
}
