import { join } from "node:path";
import { unreachable } from "../../kernel/errors.ts";
import { algorithmOf, type Digest, type DigestAlgorithm, parseDigest } from "../../kernel/names.ts";
import type { StageId } from "./blobs.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** In the order of their digests. */
export const ALGORITHMS: readonly DigestAlgorithm[] = ["sha256", "sha512"];

/** Where on the disk things are. Paths are made of what has been parsed again here, and never of a text that was passed in. */
export interface DiskPaths {
  readonly staging: string;
  /** The folders within `folder` that must be there before anything is stored, parents first. */
  readonly folders: readonly string[];
  stage(stage: StageId): string;
  /** The folders that hold the blobs of an algorithm are in this one, and are named by the first two digits. */
  shards(algorithm: DigestAlgorithm): string;
  /** Where blobs are kept that were set aside. */
  readonly aside: string;
  /** What the names of a blob's files in there begin with. */
  asideName(digest: Digest): string;
  /** A blob's file, and the folder that it is in. */
  blob(digest: Digest): { readonly file: string; readonly folder: string };
}

export function isStageId(text: string): boolean {
  return UUID.test(text);
}

/** `<folder>/blobs/<algorithm>/<2 hex>/<hex>`, `<folder>/staging/<uuid>` and `<folder>/set-aside/<algorithm>-<hex>.<uuid>`. */
export function diskPaths(folder: string): DiskPaths {
  const staging = join(folder, "staging");
  const blobs = join(folder, "blobs");
  return {
    staging,
    folders: [staging, blobs, ...ALGORITHMS.map((algorithm) => join(blobs, algorithm))],
    stage(stage) {
      if (!isStageId(stage)) throw unreachable("a stage whose name is not a UUID");
      return join(staging, stage);
    },
    aside: join(folder, "set-aside"),
    asideName: (digest) => `${digest.replace(":", "-")}.`,
    shards: (algorithm) => join(blobs, algorithm),
    blob(text) {
      const digest = parseDigest(text);
      if (digest === undefined) throw unreachable("a blob whose name is not a digest");
      const algorithm = algorithmOf(digest);
      const hex = digest.slice(algorithm.length + 1);
      const parent = join(blobs, algorithm, hex.slice(0, 2));
      return { file: join(parent, hex), folder: parent };
    },
  };
}
