import { statfs } from "node:fs/promises";
import { diskFull } from "./disk-errors.ts";

/**
 * The last of a disk is kept for what frees it. To delete an image takes writing to the database first, and so does starting:
 * a disk that layers had filled to the last byte would stay full.
 */
export interface DiskReserve {
  /** Before bytes are written: looks at the disk, unless that was done a moment ago. Throws InsufficientStorageException. */
  check(): Promise<void>;
  /** While bytes are written, so many of them. Throws InsufficientStorageException as soon as it is known that too few are left. */
  take(size_bytes: number): void;
}

export interface DiskSpace {
  /** That we may use. */
  readonly free_bytes: number;
  readonly size_bytes: number;
}

const MIB = 1024 * 1024;
/** What is kept, or an eighth of a small disk: several times what SQLite's log grows to before it is written back. */
const RESERVE_BYTES_MAX = 64 * MIB;
const RESERVE_SHARE = 1 / 8;
/** How long it is believed how much is free, and how much may be written meanwhile: by us, as other processes do not tell. */
const BELIEVED_MS = 1_000;
const BELIEVED_BYTES = 8 * MIB;
/** With no more than this left, nothing is believed but what the disk says now. */
const CLOSE_BYTES = 512 * MIB;
const CLOSE_BELIEVED_BYTES = MIB / 2;

/** The reserve of the disk that a folder is on. Each process has its own, and they look at the same disk. */
export function createDiskReserve(folder: string, spaceOf: (folder: string) => Promise<DiskSpace> = diskSpace): DiskReserve {
  let looked_ms = Number.NEGATIVE_INFINITY;
  let written_bytes = 0;
  let left_bytes = Number.POSITIVE_INFINITY;
  let looking: Promise<void> | undefined;

  const look = async (): Promise<void> => {
    try {
      const { free_bytes, size_bytes } = await spaceOf(folder);
      left_bytes = free_bytes - Math.min(RESERVE_BYTES_MAX, size_bytes * RESERVE_SHARE);
    } catch {
      // Whether there is room is then for the write itself to find out.
      left_bytes = Number.POSITIVE_INFINITY;
    }
    written_bytes = 0;
    looked_ms = performance.now();
    looking = undefined;
  };
  const lookAgain = (): Promise<void> => (looking ??= look());
  const isShort = (): boolean => left_bytes <= written_bytes;
  const isClose = (): boolean => left_bytes - written_bytes <= CLOSE_BYTES;
  const isOutdated = (): boolean =>
    written_bytes >= (isClose() ? CLOSE_BELIEVED_BYTES : BELIEVED_BYTES) || performance.now() - looked_ms >= BELIEVED_MS;

  return {
    async check() {
      if (isClose() || isOutdated()) await lookAgain();
      if (isShort()) throw onlyReserveLeft();
    },
    take(size_bytes) {
      written_bytes += size_bytes;
      if (isOutdated()) void lookAgain();
      if (isShort()) throw onlyReserveLeft();
    },
  };
}

function onlyReserveLeft(): Error {
  return diskFull("full but for what deleting images takes");
}

async function diskSpace(folder: string): Promise<DiskSpace> {
  const { bavail, blocks, bsize } = await statfs(folder);
  // Some file systems say nothing of their size: they have no end that we could keep clear of.
  if (blocks === 0) return { free_bytes: Number.POSITIVE_INFINITY, size_bytes: 0 };
  return { free_bytes: bavail * bsize, size_bytes: blocks * bsize };
}
