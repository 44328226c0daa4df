import { createHash, randomUUID } from "node:crypto";
import type { Call } from "../kernel/call.ts";
import type { DigestAlgorithm, RepositoryName } from "../kernel/names.ts";
import type { RepositoryRow, UploadRow } from "../platform/metadata/schema.ts";
import { type FindRepository, findRepository } from "../repositories/find-repository.ts";
import type { LayerDeps, Sender } from "./deps.ts";
import { insertUpload } from "./upload-rows.ts";

interface StartUpload {
  readonly name: RepositoryName;
  readonly algorithm?: DigestAlgorithm | undefined;
  readonly find?: FindRepository | undefined;
}

/** Begins an upload, bound to the repository and to the caller. `algorithm` is what its bytes are hashed with as they come. */
export async function startUpload(
  deps: LayerDeps,
  call: Call,
  { name, algorithm = "sha256", find = findRepository }: StartUpload,
): Promise<{ uploadId: string }> {
  return deps.metadata.write(call.registry, async (tx) => {
    const upload = newUpload(deps, call, await find(tx, name), algorithm);
    await tx.run(insertUpload, upload);
    return { uploadId: upload.id };
  });
}

/** An upload of the caller's that has got nothing yet, and that nobody is writing to. */
export function newUpload(
  { clock }: LayerDeps,
  { principal }: Sender,
  repository: Pick<RepositoryRow, "id">,
  algorithm: DigestAlgorithm,
): UploadRow {
  const now_ms = clock.now();
  return {
    id: randomUUID(),
    repository_id: repository.id,
    principal_id: principal.userId,
    algorithm,
    size: 0,
    digest: `${algorithm}:${createHash(algorithm).digest("hex")}`,
    parts: 0,
    smallest_part: null,
    last_part: 0,
    created_ms: now_ms,
    touched_ms: now_ms,
    writer: null,
    writer_until_ms: null,
    completing: null,
  };
}
