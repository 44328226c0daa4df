import type { FileHandle } from "node:fs/promises";
import type { Digest, DigestAlgorithm } from "../../kernel/names.ts";
import type { VerifyOptions } from "./blobs.ts";
import { type AppendTo, beginHashedAppend, type HashedAppend, SLAB_BYTES } from "./hashed-append.ts";
import { endsEarly, readError } from "./disk-errors.ts";
import { createJobThread, type Job, type JobThread } from "./job-thread.ts";
import { createSlabs } from "./slabs.ts";

/** Threads that hash and write stages. A stage stays on one thread, which keeps its hash going from append to append. */
export interface HashThreads extends AsyncDisposable {
  /** Resolves when bytes may be given. */
  append(to: AppendTo): Promise<HashedAppend>;
  /** The digest of the first `size` bytes of a file. */
  digest(path: string, size: number, algorithm: DigestAlgorithm): Promise<Digest>;
  /** The digest of an open file's `size` bytes. Throws DamagedBlob when they are not there or cannot be read. */
  read(file: FileHandle, size: number, algorithm: DigestAlgorithm, options: VerifyOptions): Promise<Digest>;
  /** The stage is gone: its hash need not be kept any longer. */
  forget(path: string): void;
}

/** Of the whole process, so 32 MiB. A slow client holds at most the one that it fills, and there are always some for the others. */
const SLABS_MAX = 32;
/** For how many stages it is remembered which thread they are on. A stage that is forgotten here is hashed again. */
const HOMES_MAX = 1_024;
/** What is read at once of a blob that is verified: uploads on the same thread wait no longer than this takes to hash. */
const READ_BYTES = 256 * 1024;

/** When the threads start if no work has started them: not while the process itself is starting. */
const WARM_UP_MS = 500;

/** Threads start with the first work, or a moment after the process: the first push should not be slower than the others. */
export function createHashThreads(count: number): HashThreads {
  const slabs = createSlabs(SLAB_BYTES, SLABS_MAX);
  const threads = Array.from({ length: count }, createJobThread);
  const warmUp = setTimeout(() => threads.forEach((thread) => thread.start()), WARM_UP_MS).unref();
  const homes = new Map<string, JobThread>();

  const homeOf = (path: string): JobThread => {
    const home = homes.get(path) ?? leastBusy(threads);
    homes.delete(path);
    homes.set(path, home);
    const oldest = homes.keys().next().value;
    if (homes.size > HOMES_MAX && oldest !== undefined) homes.delete(oldest);
    return home;
  };
  return {
    append: (to) => beginHashedAppend(homeOf(to.path), slabs, to),
    async digest(path, size, algorithm) {
      const job = leastBusy(threads).begin(() => undefined);
      try {
        const { hex } = await job.ask({ kind: "digest", path, size, algorithm });
        return `${algorithm}:${hex}` as Digest;
      } finally {
        job.end();
      }
    },
    async read(file, size, algorithm, options) {
      const job = leastBusy(threads).begin(() => undefined);
      try {
        return await readInPieces(job, file, size, algorithm, options);
      } finally {
        job.end();
      }
    },
    forget(path) {
      homes.get(path)?.forget(path);
      homes.delete(path);
    },
    async [Symbol.asyncDispose]() {
      clearTimeout(warmUp);
      await Promise.all(threads.map((thread) => thread.stop()));
    },
  };
}

async function readInPieces(
  job: Job,
  file: FileHandle,
  size: number,
  algorithm: DigestAlgorithm,
  { signal, pace }: VerifyOptions,
): Promise<Digest> {
  let at = 0;
  try {
    // At least once, so that there is a hash of nothing too.
    do {
      const bytes = Math.min(READ_BYTES, Math.max(1, size - at));
      await pace?.(bytes);
      signal.throwIfAborted();
      const read = await job.ask({ kind: "read", fd: file.fd, at, bytes, algorithm });
      if (read.size === 0 && at < size) throw endsEarly(at, size);
      at += read.size;
    } while (at < size);
  } catch (error) {
    await job.ask({ kind: "readEnd" }).catch(() => undefined);
    throw readError(error);
  }
  const { hex } = await job.ask({ kind: "readEnd" });
  return `${algorithm}:${hex}` as Digest;
}

function leastBusy(threads: readonly JobThread[]): JobThread {
  return threads.reduce((least, thread) => (thread.busy() < least.busy() ? thread : least));
}
