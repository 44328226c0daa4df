import { sql } from "kysely";
import type { Writer } from "../platform/metadata/metadata.ts";
import { timedId } from "../kernel/timed-id.ts";
import { query } from "../platform/metadata/query.ts";
import type { RepositoryRow } from "../platform/metadata/schema.ts";
import type { DeletionRow } from "../platform/metadata/space-schema.ts";
import type { Deletion, DeletionReason } from "./deletion.ts";

/** What a record is about. */
export const DELETION_KINDS = ["IMAGE", "TAG", "REPOSITORY"] as const;
export type DeletionKind = (typeof DELETION_KINDS)[number];

const insertDeletion = query<DeletionRow>()((db, p) =>
  db.insertInto("deletions").values({
    id: p.id,
    account: p.account,
    region: p.region,
    repository: p.repository,
    repository_id: p.repository_id,
    kind: p.kind,
    digest: p.digest,
    image_size: p.image_size,
    deleted_ms: p.deleted_ms,
    deleted_by: p.deleted_by,
    reason: p.reason,
    restorable_until_ms: p.restorable_until_ms,
    restored_ms: null,
    forget_ms: p.forget_ms,
  }),
);

/** Notes that a deletion was undone. */
export const markRestored = query<{ id: string; now_ms: number }>()((db, p) =>
  db.updateTable("deletions").set({ restored_ms: p.now_ms }).where("id", "=", p.id),
);

/** Records the tags of an image that goes, which must still be there. */
export const recordTagsOfImage = query<{ id: string; repository: number; digest: string }>()((db, p) =>
  db
    .insertInto("deleted_tags")
    .columns(["deletion_id", "tag", "repository_id"])
    .expression((from) =>
      from
        .selectFrom("tags")
        .select((it) => [it.val(p.id).as("deletion_id"), "tag", "repository_id"])
        .where("repository_id", "=", p.repository)
        .where("manifest", "=", p.digest),
    ),
);

/** The deletion that took a repository. The kind is written out: the index has only those of repositories. */
const deletionOfRepository = query<{ repository: number }>()((db, p) =>
  db
    .selectFrom("deletions")
    .selectAll()
    .where("repository_id", "=", p.repository)
    .where(sql<boolean>`kind = 'REPOSITORY'`)
    .where("restored_ms", "is", null)
    .orderBy("id", "desc")
    .limit(1),
);

/** Records, with their tags, images that go with their repository. */
export async function recordImagesOf(
  tx: Pick<Writer, "first" | "run">,
  repository: number,
  images: readonly { readonly digest: string; readonly image_size: number }[],
): Promise<void> {
  const deletion = await tx.first(deletionOfRepository, { repository });
  if (deletion === undefined) return;
  const reason = JSON.stringify({ because: "It went with its repository." } satisfies DeletionReason);
  for (const { digest, image_size } of images) {
    const id = timedId(deletion.deleted_ms);
    await tx.run(insertDeletion, { ...deletion, id, kind: "IMAGE" satisfies DeletionKind, digest, image_size, reason });
    await tx.run(recordTagsOfImage, { id, repository, digest });
  }
}

/** Records that something goes, in the transaction that takes it away. Returns the id of the record. */
export async function recordDeletion(
  tx: Writer,
  repository: Pick<RepositoryRow, "id" | "name">,
  what: { readonly kind: DeletionKind; readonly digest?: string; readonly image_size?: number },
  deletion: Deletion,
): Promise<string> {
  const id = timedId(deletion.now_ms);
  await tx.run(insertDeletion, {
    id,
    ...tx.registry,
    repository: repository.name,
    repository_id: repository.id,
    kind: what.kind,
    digest: what.digest ?? null,
    image_size: what.image_size ?? null,
    deleted_ms: deletion.now_ms,
    deleted_by: deletion.by,
    reason: deletion.reason === undefined ? null : JSON.stringify(deletion.reason),
    restorable_until_ms: deletion.restorable_until_ms,
    restored_ms: null,
    forget_ms: deletion.forget_ms,
  });
  return id;
}
