import { constants } from "node:fs";
import { access, mkdir, opendir, stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import type { Blobs, OpenBlob, StageId } from "./blobs.ts";
import { createByteCache, SMALL_BLOB_BYTES_MAX } from "./byte-cache.ts";
import { appendToFile } from "./disk-append.ts";
import { flushFolder } from "../flush-folder.ts";
import { commitStage, makeFolder, remove, sizeOf, takeOverStage } from "./disk-commit.ts";
import { createRemover } from "./disk-delete.ts";
import { errorCode, readError, storageError } from "./disk-errors.ts";
import { createDiskReserve } from "../disk-reserve.ts";
import { listBlobs } from "./disk-list.ts";
import { type DiskPaths, diskPaths, isStageId } from "./disk-paths.ts";
import { putBlobBack, setBlobAside, verifyBytes, verifyFile } from "./disk-verify.ts";
import { createHashThreads } from "./hash-threads.ts";
import { openBytes, openFile, openToRead, readWhole } from "./open-blob.ts";
import { createPieces } from "./pieces.ts";
import { createTurns } from "./turns.ts";

export interface DiskOptions {
  readonly folder: string;
  /** Threads that hash and write. Two keep up with what one process can receive. */
  readonly hashThreads?: number;
}

/** One for the process: that is what its bound is about. */
const pieces = createPieces();

/** Blobs in a folder, which is made when it is not there. Takes no longer to open however many there are. */
export async function openDiskBlobs({ folder, hashThreads = Math.min(2, availableParallelism()) }: DiskOptions): Promise<Blobs> {
  const paths = diskPaths(folder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // The folder around ours may be closed to us, and is then the operator's to keep.
  await flushFolder(dirname(folder)).catch(() => undefined);
  for (const each of paths.folders) await makeFolder(each);
  const threads = createHashThreads(hashThreads);
  const cache = createByteCache();
  const turns = createTurns();
  const reserve = createDiskReserve(paths.staging);
  const remover = createRemover();

  return {
    append: (stage, offset, body, options) =>
      turns.take(stage, options.signal, (signal) =>
        appendToFile({ threads, reserve }, paths.stage(stage), offset, body, { ...options, signal }),
      ),
    digestOf: (stage, size, algorithm) => threads.digest(paths.stage(stage), size, algorithm),
    async commit(stage, size, digest) {
      await orStorageError(commitStage(paths, stage, size, digest));
      threads.forget(paths.stage(stage));
    },
    async takeOver(stage, size) {
      await turns.end(stage);
      threads.forget(paths.stage(stage));
      await orStorageError(takeOverStage(paths, stage, size));
    },
    async discard(stage) {
      await turns.end(stage);
      threads.forget(paths.stage(stage));
      await remove(paths.stage(stage));
    },
    stages: () => listStages(paths),
    async open(digest) {
      const cached = cache.get(digest);
      if (cached !== undefined) return openBytes(cached);
      return await openOnDisk(paths.blob(digest).file, (bytes) => {
        // Whoever gets it from memory later cannot see what was wrong with it on the disk.
        verifyBytes(bytes, digest);
        cache.put(digest, bytes);
      });
    },
    verify: (digest, options) => verifyFile(threads, paths.blob(digest).file, digest, options),
    setAside: (digest, version) => setBlobAside(paths, digest, version),
    putBack: (digest, options) => putBlobBack(threads, paths, digest, options),
    list: (after) => listBlobs(paths, after),
    size: (digest) => sizeOf(paths.blob(digest).file),
    async delete(digest) {
      cache.delete(digest);
      await remove(paths.blob(digest).file);
      // An `open` may have put it back while the file was being removed.
      cache.delete(digest);
    },
    async deleteWithin(digests, within_ms) {
      const files = digests.map((digest) => paths.blob(digest).file);
      const outcomes = await remover.remove({ files, staging: paths.staging, until_ms: Date.now() + within_ms });
      for (const digest of digests) cache.delete(digest);
      return {
        deleted: digests.filter((_, index) => outcomes[index] === "gone"),
        failures: outcomes.filter((it) => typeof it === "object").map((it) => it.error),
      };
    },
    async check() {
      await access(paths.staging, constants.R_OK | constants.W_OK | constants.X_OK);
      for (const each of paths.folders) await readOne(each);
    },
    async [Symbol.asyncDispose]() {
      await turns.endAll();
      await remover.stop();
      await threads[Symbol.asyncDispose]();
    },
  };
}

async function openOnDisk(path: string, keep: (bytes: Buffer) => void): Promise<OpenBlob | undefined> {
  const file = await openToRead(path);
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    if (size > SMALL_BLOB_BYTES_MAX) return openFile(pieces, file, size);
    const bytes = await readWhole(file, size);
    await file.close();
    keep(bytes);
    return openBytes(bytes);
  } catch (error) {
    await file.close();
    throw readError(error);
  }
}

/** Reads from a folder, so that a disk that has gone is noticed, and not only a permission. */
async function readOne(folder: string): Promise<void> {
  const entries = await opendir(folder);
  await entries.read();
  await entries.close();
}

async function* listStages(paths: DiskPaths): AsyncIterable<{ stage: StageId; touched_ms: number }> {
  for await (const entry of await opendir(paths.staging)) {
    if (!isStageId(entry.name)) continue;
    try {
      const { mtimeMs } = await stat(paths.stage(entry.name));
      yield { stage: entry.name, touched_ms: mtimeMs };
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error;
    }
  }
}

async function orStorageError(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    throw storageError(error);
  }
}
