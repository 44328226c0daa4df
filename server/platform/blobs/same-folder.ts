import { stat } from "node:fs/promises";
import { errorCode } from "./disk-errors.ts";
import { ALGORITHMS, diskPaths } from "./disk-paths.ts";

/**
 * Whether two folders of blobs are one, or have one place for their blobs: by the same path, by a link, or mounted twice. What is deleted in
 * the one is then gone from the other. A folder that is not there yet is none that another could be.
 */
export async function isSameFolder(one: string, other: string): Promise<boolean> {
  const [places, others] = [await idsOf(one), await idsOf(other)];
  return places.some((id) => others.includes(id));
}

async function idsOf(folder: string): Promise<readonly string[]> {
  const paths = diskPaths(folder);
  const places = await Promise.all([folder, ...ALGORITHMS.map((it) => paths.shards(it))].map(idOf));
  return places.filter((id) => id !== undefined);
}

async function idOf(folder: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(folder, { bigint: true });
    return `${dev}:${ino}`;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
