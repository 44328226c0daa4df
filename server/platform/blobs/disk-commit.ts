import { type FileHandle, mkdir, open, rename, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import type { Digest } from "../../kernel/names.ts";
import type { StageId } from "./blobs.ts";
import { errorCode, lostStage } from "./disk-errors.ts";
import type { DiskPaths } from "./disk-paths.ts";

/** Moves the first `size` bytes of a stage to where the blob belongs. A crash at any moment leaves one of the two whole. */
export async function commitStage(paths: DiskPaths, stage: StageId, size: number, digest: Digest): Promise<void> {
  const from = paths.stage(stage);
  const { file: to, folder } = paths.blob(digest);
  if ((await sizeOf(to)) === size) {
    // The one who put it there may not have come to this yet.
    await flushFolder(folder);
    await remove(from);
    return;
  }
  await flushStage(from, size);
  await makeFolder(folder);
  await rename(from, to);
  await flushFolder(folder);
}

/** The size of a file, or undefined when there is none. */
export async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Removes a file if it is there. */
export async function remove(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}

async function flushStage(path: string, size: number): Promise<void> {
  await using file = await openStage(path);
  const found = (await file.stat()).size;
  if (found < size) throw lostStage();
  if (found > size) await file.truncate(size);
  await file.datasync();
}

async function openStage(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r+");
  } catch (error) {
    throw errorCode(error) === "ENOENT" ? lostStage() : error;
  }
}

/** Makes a folder in one that is there, for good. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) === "EEXIST") return;
    throw error;
  }
  await flushFolder(dirname(folder));
}

async function flushFolder(folder: string): Promise<void> {
  await using handle = await open(folder, "r");
  await handle.sync();
}
