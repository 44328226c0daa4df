import type { Call } from "../kernel/call.ts";
import { RegistryError } from "../kernel/errors.ts";
import { TAGS_PER_PAGE_MAX } from "../kernel/limits.ts";
import type { Writer } from "../platform/metadata/metadata.ts";
import type { RepositoryRow } from "../platform/metadata/schema.ts";
import { type Deletion, newDeletion } from "../repositories/deletion.ts";
import { findRepository } from "../repositories/find-repository.ts";
import { type Batch, type BatchInput, eachOnce, type ImageFailure, notFound, resolve } from "./batch.ts";
import { removeImage, removeTag } from "./delete-image.ts";
import type { ImageDeps } from "./deps.ts";
import { type ImageIdentifier, referencedByManifestList } from "./errors.ts";
import { manifestExists, PARENTS_NAMED_MAX, parentsOf, tagByName, tagsOfManifest } from "./rows.ts";

/** An id of the batch, and the image that it meant when the batch began. */
interface Target {
  readonly id: ImageIdentifier;
  readonly digest: string;
}

/**
 * Deletes images: by digest with all their tags; by tag only that tag, and the image with its last one. An index and its
 * children may come in any order, and so may an image and its tags. Throws RepositoryNotFoundException; all else is a
 * failure of one id. Returns what was deleted.
 */
export async function batchDeleteImage(deps: ImageDeps, call: Call, input: BatchInput): Promise<Batch<ImageIdentifier>> {
  return deps.metadata.write(call.registry, async (tx) => {
    const row = await findRepository(tx, input.name);
    const repository = row.id;
    const deletion = newDeletion(deps, call.principal.arn);
    const found = await eachOnce(input.ids, async (id): Promise<Target> => {
      const digest = await resolve(tx, repository, id);
      if ((await tx.first(manifestExists, { repository, digest })) === undefined) throw notFound(id);
      return { id, digest };
    });
    const items: ImageIdentifier[] = [];
    const locked: ImageFailure[] = [];
    let waiting = found.items;
    let held: Target[];
    // What an index holds can go once the index is gone, so those are tried again for as long as others go.
    for (;;) {
      held = [];
      for (const target of waiting) {
        const deleted = await deleteOne(tx, row, target, deletion).catch((error: unknown) => lockedFailure(target.id, error));
        if (deleted === "held") held.push(target);
        else if ("failureCode" in deleted) locked.push(deleted);
        else items.push(...deleted);
      }
      if (held.length === 0 || held.length === waiting.length) break;
      waiting = held;
    }
    const failures = await Promise.all(held.map((target) => failureOf(tx, repository, target)));
    return { items, failures: [...found.failures, ...locked, ...failures] };
  });
}

/** Returns what was deleted: nothing when an id before this one has taken it along, and `held` while an index has the image. */
async function deleteOne(
  tx: Writer,
  row: RepositoryRow,
  { id, digest }: Target,
  deletion: Deletion,
): Promise<readonly ImageIdentifier[] | "held"> {
  const repository = row.id;
  if ((await tx.first(manifestExists, { repository, digest })) === undefined) return [];
  const { imageTag } = id;
  if (imageTag !== undefined) {
    if ((await tx.first(tagByName, { repository, tag: imageTag })) === undefined) return [];
    const [, another] = await tx.all(tagsOfManifest, { repository, digest, limit: 2 });
    if (another !== undefined) {
      await removeTag(tx, row, { tag: imageTag, digest }, deletion);
      return [{ imageTag, imageDigest: digest }];
    }
  }
  if ((await tx.first(parentsOf, { repository, digest, limit: 1 })) !== undefined) return "held";
  // Read last: what is held is tried again and again, and an image may have many tags.
  const tags = await tx.all(tagsOfManifest, { repository, digest, limit: TAGS_PER_PAGE_MAX });
  await removeImage(tx, row, digest, deletion);
  return tags.length === 0 ? [{ imageDigest: digest }] : tags.map(({ tag }) => ({ imageTag: tag, imageDigest: digest }));
}

/** Of what is locked. ECR has no code for it, and clients know no others than ECR's: the reason says it. Throws any other error. */
function lockedFailure(imageId: ImageIdentifier, error: unknown): ImageFailure {
  if (!(error instanceof RegistryError) || error.code !== "DeletionLockedException") throw error;
  return { imageId, failureCode: "ImageInaccessible", failureReason: error.message };
}

async function failureOf(tx: Writer, repository: number, { id, digest }: Target): Promise<ImageFailure> {
  const parents = await tx.all(parentsOf, { repository, digest, limit: PARENTS_NAMED_MAX });
  const failureReason = referencedByManifestList(parents.map((it) => it.manifest));
  return { imageId: id, failureCode: "ImageReferencedByManifestList", failureReason };
}
