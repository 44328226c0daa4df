import type { Digest } from "../../kernel/names.ts";
import type { Reader } from "../../platform/metadata/metadata.ts";
import { query } from "../../platform/metadata/query.ts";

/** A digest whose bytes are being deleted; no row when they are not. */
export const deletingBlob = query<{ digest: string }>()((db, p) =>
  db.selectFrom("deleting_blobs").select("until_ms").where("digest", "=", p.digest),
);

/** Forgets that bytes were being deleted, when whoever began that has run out of time. */
export const forgetOverdue = query<{ digest: string; now_ms: number }>()((db, p) =>
  db.deleteFrom("deleting_blobs").where("digest", "=", p.digest).where("until_ms", "<=", p.now_ms),
);

/** Whether bytes are being deleted. To be asked by the transaction that names them: a later deletion sees the name. */
export async function isBeingDeleted(tx: Omit<Reader, "registry">, digest: Digest): Promise<boolean> {
  return (await tx.first(deletingBlob, { digest })) !== undefined;
}
