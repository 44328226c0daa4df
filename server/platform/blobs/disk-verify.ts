import { hash, randomUUID } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { lstat, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { algorithmOf, type Digest } from "../../kernel/names.ts";
import { flushFolder } from "../flush-folder.ts";
import { DamagedBlob, type Verified, type VerifyOptions } from "./blobs.ts";
import { makeFolder, sizeOf } from "./disk-commit.ts";
import { errorCode, readError } from "./disk-errors.ts";
import type { DiskPaths } from "./disk-paths.ts";
import type { HashThreads } from "./hash-threads.ts";
import { openToRead } from "./open-blob.ts";

/** Reads a file whole to see whether it is the blob of this digest. */
export async function verifyFile(threads: HashThreads, path: string, digest: Digest, options: VerifyOptions): Promise<Verified> {
  let version = "";
  try {
    await using file = await openToRead(path);
    if (file === undefined) return { state: "missing" };
    const stats = await file.stat({ bigint: true });
    version = versionOf(stats);
    const size = Number(stats.size);
    if (size !== (options.size ?? size)) {
      return { state: "damaged", why: `It has ${size} bytes where ${options.size} are expected.`, version };
    }
    const found = await threads.read(file, size, algorithmOf(digest), options);
    if (found === digest) return { state: "sound", size };
    return { state: "damaged", why: `Its ${size} bytes have the digest ${found}.`, version };
  } catch (error) {
    const failure = readError(error);
    if (!(failure instanceof DamagedBlob)) throw error;
    // Where it could not even be opened, whatever lies there is what is meant.
    version ||= versionOf(await lstat(path, { bigint: true }));
    return { state: "damaged", why: failure.message, version };
  }
}

/** Throws DamagedBlob when these are not the bytes of the digest. */
export function verifyBytes(bytes: Uint8Array, digest: Digest): void {
  const algorithm = algorithmOf(digest);
  const found = `${algorithm}:${hash(algorithm, bytes)}`;
  if (found !== digest) throw new DamagedBlob(`Its ${bytes.length} bytes have the digest ${found}.`);
}

/** Moves a blob's file out of the store, unless it is another version than the one that is meant. Returns whether none is left. */
export async function setBlobAside(paths: DiskPaths, digest: Digest, version: string): Promise<boolean> {
  const { file, folder } = paths.blob(digest);
  try {
    if (versionOf(await lstat(file, { bigint: true })) !== version) return false;
    await makeFolder(paths.aside);
    await rename(file, join(paths.aside, `${paths.asideName(digest)}${randomUUID()}`));
  } catch (error) {
    if (errorCode(error) === "ENOENT") return true;
    throw error;
  }
  await flushFolder(paths.aside);
  await flushFolder(folder);
  return true;
}

/** Moves a blob's file back that was set aside and is sound, if there is one and no other has taken its place. */
export async function putBlobBack(
  threads: HashThreads,
  paths: DiskPaths,
  digest: Digest,
  options: VerifyOptions,
): Promise<boolean> {
  const { file, folder } = paths.blob(digest);
  for (const name of await namesAside(paths)) {
    if (!name.startsWith(paths.asideName(digest))) continue;
    const path = join(paths.aside, name);
    if ((await verifyFile(threads, path, digest, options)).state !== "sound") continue;
    if ((await sizeOf(file)) !== undefined) return false;
    await makeFolder(folder);
    await rename(path, file);
    await flushFolder(folder);
    await flushFolder(paths.aside);
    return true;
  }
  return false;
}

async function namesAside(paths: DiskPaths): Promise<readonly string[]> {
  try {
    return await readdir(paths.aside);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
}

/** Moves with whatever else is put in a file's place, and with what is written to it. */
function versionOf({ ino, size, mtimeNs }: BigIntStats): string {
  return `${ino}/${size}/${mtimeNs}`;
}
