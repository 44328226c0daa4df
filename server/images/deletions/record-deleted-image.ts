import { LAYER_LEASE_S } from "../../kernel/limits.ts";
import type { Writer } from "../../platform/metadata/metadata.ts";
import { query } from "../../platform/metadata/query.ts";
import type { RepositoryRow } from "../../platform/metadata/schema.ts";
import { type Deletion, isUndoable } from "../../repositories/deletion.ts";
import { recordDeletion, recordTagsOfImage } from "../../repositories/deletion-rows.ts";
import { keepManifest } from "./kept-rows.ts";

type InRepository = { repository: number };

const sizeOfImage = query<InRepository & { digest: string }>()((db, p) =>
  db.selectFrom("manifests").select("image_size").where("repository_id", "=", p.repository).where("digest", "=", p.digest),
);

const insertDeletedTag = query<InRepository & { id: string; tag: string }>()((db, p) =>
  db.insertInto("deleted_tags").values({ deletion_id: p.id, tag: p.tag, repository_id: p.repository }),
);

/** Keeps the layers of an image from being collected until then; never shorter than they are kept anyway. */
const lengthenLeases = query<InRepository & { digest: string; until_ms: number }>()((db, p) =>
  db
    .updateTable("layers")
    .set({ leased_until_ms: p.until_ms })
    .where("repository_id", "=", p.repository)
    .where("leased_until_ms", "<", p.until_ms)
    .where("digest", "in", (from) =>
      from
        .selectFrom("manifest_layers")
        .select("layer")
        .where("repository_id", "=", p.repository)
        .where("manifest", "=", p.digest),
    ),
);

/** Records that an image goes with its tags, before its rows do, and keeps what it takes to bring it back. */
export async function recordDeletedImage(
  tx: Writer,
  repository: Pick<RepositoryRow, "id" | "name">,
  digest: string,
  deletion: Deletion,
): Promise<void> {
  const of = { repository: repository.id, digest };
  const image_size = (await tx.first(sizeOfImage, of))?.image_size ?? 0;
  const id = await recordDeletion(tx, repository, { kind: "IMAGE", digest, image_size }, deletion);
  await tx.run(recordTagsOfImage, { ...of, id });
  const { now_ms, restorable_until_ms } = deletion;
  // Whoever has heard a moment ago that a layer is there does not push it, and as long as the image needed it there was no lease.
  await tx.run(lengthenLeases, { ...of, until_ms: Math.max(restorable_until_ms, now_ms + LAYER_LEASE_S * 1000) });
  if (isUndoable(deletion)) await tx.run(keepManifest, { ...of, id, until_ms: restorable_until_ms });
}

/** Records that a tag no longer names an image, which stays. */
export async function recordDeletedTag(
  tx: Writer,
  repository: Pick<RepositoryRow, "id" | "name">,
  { tag, digest }: { readonly tag: string; readonly digest: string },
  deletion: Deletion,
): Promise<void> {
  const id = await recordDeletion(tx, repository, { kind: "TAG", digest }, deletion);
  await tx.run(insertDeletedTag, { repository: repository.id, id, tag });
}
