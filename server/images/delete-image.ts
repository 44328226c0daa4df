import type { Call } from "../kernel/call.ts";
import { RegistryError } from "../kernel/errors.ts";
import type { Digest, RepositoryName, Tag } from "../kernel/names.ts";
import type { Writer } from "../platform/metadata/metadata.ts";
import type { RepositoryRow } from "../platform/metadata/schema.ts";
import { type Deletion, newDeletion } from "../repositories/deletion.ts";
import { findRepository } from "../repositories/find-repository.ts";
import { recordDeletedImage, recordDeletedTag } from "./deletions/record-deleted-image.ts";
import type { ImageDeps } from "./deps.ts";
import { referencedByManifestList, requestedImageNotFound } from "./errors.ts";
import { requireUnlocked } from "./locked-images.ts";
import { clearTaggedIfBare } from "./move-tag.ts";
import {
  deleteManifestChildren,
  deleteManifestLayers,
  deleteManifestRow,
  deleteTagRow,
  deleteTagsOfManifest,
  deleteTransition,
  manifestExists,
  PARENTS_NAMED_MAX,
  parentsOf,
  tagByName,
} from "./rows.ts";

/**
 * Deletes an image and all its tags. Throws RepositoryNotFoundException, ImageNotFoundException, DeletionLockedException,
 * and ImageReferencedByManifestListException while an index holds it.
 */
export async function deleteImage(
  deps: ImageDeps,
  call: Call,
  input: { readonly name: RepositoryName; readonly digest: Digest },
): Promise<void> {
  await deps.metadata.write(call.registry, async (tx) => {
    const repository = await findRepository(tx, input.name);
    const found = await tx.first(manifestExists, { repository: repository.id, digest: input.digest });
    if (found === undefined) throw requestedImageNotFound();
    await removeImage(tx, repository, input.digest, newDeletion(deps, call.principal.arn));
  });
}

/** Takes a tag away and leaves the image. Throws RepositoryNotFoundException, ImageNotFoundException, DeletionLockedException. */
export async function deleteTag(
  deps: ImageDeps,
  call: Call,
  input: { readonly name: RepositoryName; readonly tag: Tag },
): Promise<void> {
  await deps.metadata.write(call.registry, async (tx) => {
    const repository = await findRepository(tx, input.name);
    const row = await tx.first(tagByName, { repository: repository.id, tag: input.tag });
    if (row === undefined) throw requestedImageNotFound();
    await removeTag(tx, repository, { tag: row.tag, digest: row.manifest }, newDeletion(deps, call.principal.arn));
  });
}

/**
 * Removes the rows of an image that is there and not locked, with its tags; what it takes to bring it back is kept for as long as `deletion`
 * says. Throws ImageReferencedByManifestListException. ECR: not while a manifest list references it. (BatchDeleteImage)
 */
export async function removeImage(
  tx: Writer,
  repository: Pick<RepositoryRow, "id" | "name">,
  digest: string,
  deletion: Deletion,
): Promise<void> {
  await requireUnlocked(tx, repository.id, { digest });
  const of = { repository: repository.id, digest };
  const parents = await tx.all(parentsOf, { ...of, limit: PARENTS_NAMED_MAX });
  if (parents.length > 0) {
    const reason = referencedByManifestList(parents.map((it) => it.manifest));
    throw new RegistryError("ImageReferencedByManifestListException", reason);
  }
  await recordDeletedImage(tx, repository, digest, deletion);
  await tx.run(deleteTagsOfManifest, of);
  await tx.run(deleteManifestLayers, of);
  await tx.run(deleteManifestChildren, of);
  await tx.run(deleteTransition, of);
  await tx.run(deleteManifestRow, of);
}

/** Removes the row of a tag that is there and not locked, and names the image `digest`, which stays. */
export async function removeTag(
  tx: Writer,
  repository: Pick<RepositoryRow, "id" | "name">,
  { tag, digest }: { readonly tag: string; readonly digest: string },
  deletion: Deletion,
): Promise<void> {
  await requireUnlocked(tx, repository.id, { tag });
  await recordDeletedTag(tx, repository, { tag, digest }, deletion);
  await tx.run(deleteTagRow, { repository: repository.id, tag });
  await clearTaggedIfBare(tx, repository.id, digest);
}
