import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Digest } from "../kernel/names.ts";
import { openDiskBlobs } from "../platform/blobs/disk-blobs.ts";
import { diskPaths } from "../platform/blobs/disk-paths.ts";
import { openTestLayers, type TestLayers } from "./layers.ts";

/** Layers whose bytes lie on a disk, where things go wrong. */
export interface DiskLayers extends TestLayers {
  readonly folder: string;
  /** The digests that were reported as damaged, in order. */
  readonly reported: Digest[];
  fileOf(digest: Digest): string;
  /** Changes one bit of a blob. */
  flipBit(digest: Digest): Promise<void>;
}

export async function openDiskLayers(): Promise<DiskLayers> {
  const folder = await mkdtemp(join(tmpdir(), "longshore-layers-"));
  const layers = await openTestLayers();
  const blobs = await openDiskBlobs({ folder });
  const reported: Digest[] = [];
  const fileOf = (digest: Digest) => diskPaths(folder).blob(digest).file;
  return {
    ...layers,
    deps: { ...layers.deps, blobs, onDamage: (digest) => void reported.push(digest) },
    folder,
    reported,
    fileOf,
    flipBit: (digest) => flipBit(fileOf(digest)),
    async [Symbol.asyncDispose]() {
      await blobs[Symbol.asyncDispose]();
      await layers[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

/** Changes one bit in the middle of a file. */
export async function flipBit(path: string): Promise<void> {
  const bytes = await readFile(path);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(path, bytes);
}
