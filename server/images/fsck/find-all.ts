import { findBlobs } from "../../layers/scrub/find-blobs.ts";
import { findUploads } from "../../layers/scrub/find-uploads.ts";
import type { FsckDeps, Finding } from "../../layers/scrub/finding.ts";
import { findKept } from "./find-kept.ts";
import { findManifests } from "./find-manifests.ts";
import { findParts, findTags } from "./find-parts.ts";
import { findStrays } from "./find-strays.ts";

/**
 * Everything that is wrong with what is stored, one after the other. Changes nothing, and may be run beside a running server:
 * what only looks wrong because it changes meanwhile is looked at twice. Memory is constant, but for the names of uploads.
 */
export async function* findAll(deps: FsckDeps): AsyncGenerator<Finding> {
  // Layers last: what is repaired before is found in its place.
  for (const find of [findStrays, findManifests, findParts, findTags, findKept, findUploads, findBlobs]) yield* find(deps);
}
