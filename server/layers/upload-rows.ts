import type { Call } from "../kernel/call.ts";
import { RegistryError } from "../kernel/errors.ts";
import type { RepositoryName } from "../kernel/names.ts";
import type { Reader } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";
import type { RepositoryRow, UploadRow } from "../platform/metadata/schema.ts";
import { findRepository } from "../repositories/find-repository.ts";

/** Names an upload: the repository that it was begun in, and its id. */
export interface UploadKey {
  readonly name: RepositoryName;
  readonly uploadId: string;
}

const uploadById = query<{ repository_id: number; id: string }>()((db, p) =>
  db.selectFrom("uploads").selectAll().where("id", "=", p.id).where("repository_id", "=", p.repository_id),
);

export const insertUpload = query<UploadRow>()((db, p) =>
  db.insertInto("uploads").values({
    id: p.id,
    repository_id: p.repository_id,
    principal_id: p.principal_id,
    algorithm: p.algorithm,
    size: p.size,
    digest: p.digest,
    parts: p.parts,
    smallest_part: p.smallest_part,
    last_part: p.last_part,
    created_ms: p.created_ms,
    touched_ms: p.touched_ms,
    writer: p.writer,
    writer_until_ms: p.writer_until_ms,
    completing: p.completing,
  }),
);

/**
 * Takes the right to write, from nobody or from a request that has not been heard of for too long. `completing` names the
 * bytes that the upload is about to become, for as long as this writer has it.
 */
export const claimUpload = query<{
  id: string;
  writer: string;
  until_ms: number;
  now_ms: number;
  completing: string | null;
}>()((db, p) =>
  db
    .updateTable("uploads")
    .set({ writer: p.writer, writer_until_ms: p.until_ms, completing: p.completing })
    .where("id", "=", p.id)
    .where((or) => or.or([or("writer", "is", null), or("writer_until_ms", "<=", p.now_ms)])),
);

/** Says that the writer is still alive. */
export const renewClaim = query<{ id: string; writer: string; until_ms: number }>()((db, p) =>
  db.updateTable("uploads").set({ writer_until_ms: p.until_ms }).where("id", "=", p.id).where("writer", "=", p.writer),
);

export const releaseClaim = query<{ id: string; writer: string }>()((db, p) =>
  db
    .updateTable("uploads")
    .set({ writer: null, writer_until_ms: null, completing: null })
    .where("id", "=", p.id)
    .where("writer", "=", p.writer),
);

/** Writes down what a writer has appended, and lets go of the upload. */
export const recordAppend = query<{
  id: string;
  writer: string;
  size: number;
  digest: string;
  parts: number;
  smallest_part: number | null;
  last_part: number;
  now_ms: number;
}>()((db, p) =>
  db
    .updateTable("uploads")
    .set({
      size: p.size,
      digest: p.digest,
      parts: p.parts,
      smallest_part: p.smallest_part,
      last_part: p.last_part,
      touched_ms: p.now_ms,
      writer: null,
      writer_until_ms: null,
    })
    .where("id", "=", p.id)
    .where("writer", "=", p.writer),
);

/** Removes an upload that this writer still holds. */
export const deleteClaimed = query<{ id: string; writer: string }>()((db, p) =>
  db.deleteFrom("uploads").where("id", "=", p.id).where("writer", "=", p.writer),
);

export const deleteUpload = query<{ id: string }>()((db, p) => db.deleteFrom("uploads").where("id", "=", p.id));

/**
 * The upload and its repository. An upload is seen only by the principal that began it, in the repository that it was
 * begun in. Throws RepositoryNotFoundException or UploadNotFoundException.
 */
export async function findUpload(
  tx: Reader,
  call: Call,
  key: UploadKey,
): Promise<{ repository: RepositoryRow; upload: UploadRow }> {
  const repository = await findRepository(tx, key.name);
  const upload = await tx.first(uploadById, { repository_id: repository.id, id: key.uploadId });
  if (upload === undefined || upload.principal_id !== call.principal.userId) throw uploadNotFound(call, key);
  return { repository, upload };
}

/** Is there an upload of this id in a repository, whoever's it is? */
export async function uploadExists(tx: Reader, of: { readonly repository_id: number; readonly id: string }): Promise<boolean> {
  return (await tx.first(uploadById, of)) !== undefined;
}

export function uploadNotFound(call: Pick<Call, "registry">, { name, uploadId }: UploadKey): RegistryError {
  return new RegistryError(
    "UploadNotFoundException",
    `The upload with id '${uploadId}' does not exist in the repository with name '${name}' in the registry with id '${call.registry.account}'`,
  );
}
