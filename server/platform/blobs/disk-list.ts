import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, parseDigest } from "../../kernel/names.ts";
import type { ListedBlob } from "./blobs.ts";
import { errorCode } from "./disk-errors.ts";
import { ALGORITHMS, type DiskPaths, diskPaths } from "./disk-paths.ts";

/** The blobs of a store's folder, for one who may change nothing there. None, where the folder is not. */
export function listStoredBlobs(folder: string): AsyncIterable<ListedBlob> {
  return listBlobs(diskPaths(folder));
}

/** The blobs of a folder in the order of their digests, from behind `after` on. Holds the names of one of its shards at a time. */
export async function* listBlobs(paths: DiskPaths, after?: Digest): AsyncIterable<ListedBlob> {
  for (const algorithm of ALGORITHMS) {
    const folder = paths.shards(algorithm);
    for (const shard of await sortedNames(folder)) {
      const prefix = `${algorithm}:${shard}`;
      if (after !== undefined && prefix < after.slice(0, prefix.length)) continue;
      for (const name of await sortedNames(join(folder, shard))) {
        const digest = parseDigest(`${algorithm}:${name}`);
        // What else somebody has put here is no blob, and one in the wrong folder would never be found.
        if (digest === undefined || !name.startsWith(shard) || (after !== undefined && digest <= after)) continue;
        const listed = await statBlob(digest, join(folder, shard, name));
        if (listed !== undefined) yield listed;
      }
    }
  }
}

async function sortedNames(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw error;
  }
}

async function statBlob(digest: Digest, path: string): Promise<ListedBlob | undefined> {
  try {
    const { size, ctimeMs } = await stat(path);
    // Of its name and place, not of its bytes: those may be older, such as a copy's from a backup.
    return { digest, size, stored_ms: ctimeMs };
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
