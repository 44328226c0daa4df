import type { Writer } from "../platform/metadata/metadata.ts";
import { timedId } from "../kernel/timed-id.ts";
import { query } from "../platform/metadata/query.ts";
import type { RepositoryRow } from "../platform/metadata/schema.ts";
import type { DeletionRow } from "../platform/metadata/space-schema.ts";
import type { Deletion } from "./deletion.ts";

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
