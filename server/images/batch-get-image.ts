import type { Call } from "../kernel/call.ts";
import { RegistryError } from "../kernel/errors.ts";
import { MANIFESTS_PER_BATCH_BYTES_MAX } from "../kernel/limits.ts";
import { findRepository } from "../repositories/find-repository.ts";
import { type Batch, type BatchInput, eachOnce, notFound, resolve } from "./batch.ts";
import type { PullDeps } from "./deps.ts";
import type { ImageIdentifier } from "./errors.ts";
import { manifestByDigest } from "./rows.ts";
import { type ServedManifest, translateManifest } from "./translate-manifest.ts";

interface BatchedImage {
  /** What it was asked for by, and the digest of what it got. */
  readonly imageId: ImageIdentifier;
  readonly mediaType: string;
  readonly body: Uint8Array;
}

/**
 * Reads manifests, which counts as pulling them. Throws RepositoryNotFoundException, and LimitExceededException when they are
 * too large for one answer; all else is a failure of one id.
 */
export async function batchGetImage(
  deps: PullDeps,
  call: Call,
  input: BatchInput & { readonly acceptedMediaTypes?: readonly string[] | undefined },
): Promise<Batch<BatchedImage>> {
  const batch = await deps.metadata.read(call.registry, async (tx) => {
    const repository = await findRepository(tx, input.name);
    let size_bytes = 0;
    return eachOnce(input.ids, async (id) => {
      const digest = await resolve(tx, repository.id, id);
      const row = await tx.first(manifestByDigest, { repository: repository.id, digest });
      if (row === undefined || row.status !== "ACTIVE") throw notFound(id);
      size_bytes += row.body_size;
      if (size_bytes > MANIFESTS_PER_BATCH_BYTES_MAX) throw tooLarge();
      return { id, row };
    });
  });
  // ECR: reading a manifest through the API is a pull like any other. (aws/containers-roadmap#2390)
  for (const { row } of batch.items) deps.pulls.note(call, row);
  const items = batch.items.map(({ id, row }) => {
    const stored: ServedManifest = { digest: row.digest, mediaType: row.media_type, body: row.body };
    const served = id.imageDigest === undefined ? translateManifest(stored, input.acceptedMediaTypes ?? []) : stored;
    return { imageId: { ...id, imageDigest: served.digest }, mediaType: served.mediaType, body: served.body };
  });
  return { items, failures: batch.failures };
}

function tooLarge(): RegistryError {
  return new RegistryError(
    "LimitExceededException",
    `The manifests of these images take more than the ${MANIFESTS_PER_BATCH_BYTES_MAX} bytes that one answer may have. Ask for fewer at a time.`,
  );
}
