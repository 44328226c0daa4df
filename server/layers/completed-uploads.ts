import type { Metadata, Writer } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";
import type { CompletedUploadRow } from "../platform/metadata/schema.ts";

/** Rows in one transaction: small enough that others who write need not wait long. */
const BATCH_ROWS = 200;

/** Remembers that an upload has become a layer. To be run in the transaction that ends it. */
export const insertCompleted = query<CompletedUploadRow>()((db, p) =>
  db.insertInto("completed_uploads").values({
    repository_id: p.repository_id,
    id: p.id,
    principal_id: p.principal_id,
    digest: p.digest,
    completed_ms: p.completed_ms,
  }),
);

/** The upload of this id that this principal has completed in a repository, with this digest. */
export const completedUpload = query<Omit<CompletedUploadRow, "completed_ms">>()((db, p) =>
  db
    .selectFrom("completed_uploads")
    .select("id")
    .where("repository_id", "=", p.repository_id)
    .where("id", "=", p.id)
    .where("principal_id", "=", p.principal_id)
    .where("digest", "=", p.digest),
);

const oldestCompleted = query<{ before_ms: number; limit: number }>()((db, p) =>
  db
    .selectFrom("completed_uploads")
    .select(["repository_id", "id"])
    .where("completed_ms", "<", p.before_ms)
    .orderBy("completed_ms")
    .limit(p.limit),
);

const deleteCompleted = query<{ repository_id: number; id: string }>()((db, p) =>
  db.deleteFrom("completed_uploads").where("repository_id", "=", p.repository_id).where("id", "=", p.id),
);

/** Forgets all uploads that were completed before a time. */
export async function forgetCompleted(metadata: Metadata, before_ms: number, signal: AbortSignal): Promise<void> {
  while ((await metadata.writeGlobal((tx) => forgetBatch(tx, before_ms))) > 0) signal.throwIfAborted();
}

async function forgetBatch(tx: Omit<Writer, "registry">, before_ms: number): Promise<number> {
  const rows = await tx.all(oldestCompleted, { before_ms, limit: BATCH_ROWS });
  for (const row of rows) await tx.run(deleteCompleted, row);
  return rows.length;
}
