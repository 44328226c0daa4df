import type { Writer } from "../platform/metadata/metadata.ts";
import type { RepositoryRow } from "../platform/metadata/schema.ts";
import type { Deletion } from "../repositories/deletion.ts";
import { recordDeletedTag } from "./deletions/record-deleted-image.ts";
import { setTagged, tagsOfManifest, upsertTag } from "./rows.ts";

/** A tag that is to name another image, or one at last. */
export interface TagMove {
  readonly tag: string;
  /** The digest of the image that it names now. */
  readonly from: string | undefined;
  readonly to: string;
}

/** Points a tag at an image that is there, and records what it named before, by `deletion`. The image is to be noted as tagged. */
export async function moveTag(
  tx: Writer,
  repository: Pick<RepositoryRow, "id" | "name">,
  { tag, from, to }: TagMove,
  deletion: Deletion,
): Promise<void> {
  await tx.run(upsertTag, { repository_id: repository.id, tag, manifest: to, moved_ms: deletion.now_ms });
  if (from === undefined) return;
  await recordDeletedTag(tx, repository, { tag, digest: from }, deletion);
  await clearTaggedIfBare(tx, repository.id, from);
}

/** Notes that an image has no tag any more, if it has none. For whoever took one away. */
export async function clearTaggedIfBare(tx: Writer, repository: number, digest: string): Promise<void> {
  const left = await tx.first(tagsOfManifest, { repository, digest, limit: 1 });
  if (left === undefined) await tx.run(setTagged, { repository, digest, tagged: 0 });
}
