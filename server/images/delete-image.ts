import type { Call } from "../kernel/call.ts";
import { RegistryError } from "../kernel/errors.ts";
import type { Digest, RepositoryName, Tag } from "../kernel/names.ts";
import type { Writer } from "../platform/metadata/metadata.ts";
import { findRepository } from "../repositories/find-repository.ts";
import type { ImageDeps } from "./deps.ts";
import { referencedByManifestList, requestedImageNotFound } from "./errors.ts";
import { requireUnlocked } from "./locked-images.ts";
import { clearTaggedIfBare } from "./put-image.ts";
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
    await removeImage(tx, repository.id, input.digest);
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
    await removeTag(tx, repository.id, row.tag, row.manifest);
  });
}

/** Removes the rows of an image that is there and not locked. ECR: not while a manifest list references it. (BatchDeleteImage) */
export async function removeImage(tx: Writer, repository: number, digest: string): Promise<void> {
  await requireUnlocked(tx, repository, { digest });
  const parents = await tx.all(parentsOf, { repository, digest, limit: PARENTS_NAMED_MAX });
  if (parents.length > 0) {
    const reason = referencedByManifestList(parents.map((it) => it.manifest));
    throw new RegistryError("ImageReferencedByManifestListException", reason);
  }
  await tx.run(deleteTagsOfManifest, { repository, digest });
  await tx.run(deleteManifestLayers, { repository, digest });
  await tx.run(deleteManifestChildren, { repository, digest });
  await tx.run(deleteTransition, { repository, digest });
  await tx.run(deleteManifestRow, { repository, digest });
}

/** Removes the row of a tag that is there and not locked. */
export async function removeTag(tx: Writer, repository: number, tag: string, digest: string): Promise<void> {
  await requireUnlocked(tx, repository, { tag });
  await tx.run(deleteTagRow, { repository, tag });
  await clearTaggedIfBare(tx, repository, digest);
}
