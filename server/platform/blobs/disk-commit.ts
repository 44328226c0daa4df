import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, rename, stat, unlink, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Digest } from "../../kernel/names.ts";
import { flushFolder } from "../flush-folder.ts";
import type { StageId } from "./blobs.ts";
import { errorCode, lostStage } from "./disk-errors.ts";
import type { DiskPaths } from "./disk-paths.ts";

/** Moves the first `size` bytes of a stage to where the blob belongs. A crash at any moment leaves one of the two whole. */
export async function commitStage(paths: DiskPaths, stage: StageId, size: number, digest: Digest): Promise<void> {
  const from = paths.stage(stage);
  const { file: to, folder } = paths.blob(digest);
  if ((await sizeOf(to)) === size) {
    // The one who put it there may not have come to this yet.
    await makeFolder(folder);
    await flushFolder(folder);
    await remove(from);
    return;
  }
  await flushStage(from, size);
  await makeFolder(folder);
  await moveStage(from, to);
  await flushFolder(folder);
}

/** Puts a copy of a stage in its place, so that one who has the old file open cannot change what is committed. */
export async function takeOverStage(paths: DiskPaths, stage: StageId, size: number): Promise<void> {
  const path = paths.stage(stage);
  if ((await sizeOf(path)) === undefined) return;
  // Named like a stage, so that it is reaped when we die.
  const copy = paths.stage(randomUUID());
  try {
    // The first bytes only: behind them the other one may still be writing.
    await writeFile(copy, size === 0 ? "" : createReadStream(path, { end: size - 1 }), { flag: "wx", mode: 0o600 });
    await rename(copy, path);
  } catch (error) {
    await remove(copy);
    throw errorCode(error) === "ENOENT" ? lostStage() : error;
  }
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
  try {
    await file.datasync();
  } catch (error) {
    // The kernel forgets what it failed to write: to flush once more would succeed, and prove nothing.
    await remove(path);
    throw error;
  }
}

async function openStage(path: string): Promise<FileHandle> {
  return open(path, "r+").catch(asLostStage);
}

/** The stage may have been discarded since it was flushed. */
async function moveStage(from: string, to: string): Promise<void> {
  await rename(from, to).catch(asLostStage);
}

function asLostStage(error: unknown): never {
  throw errorCode(error) === "ENOENT" ? lostStage() : error;
}

/** Folders whose names this process knows to be on the disk. At most 516 of each store. */
const durable = new Set<string>();

/** Makes a folder, for good. One that is there may have been made by somebody who has not come to this yet, or never will. */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (durable.has(folder)) return;
  await flushFolder(dirname(folder));
  durable.add(folder);
}
