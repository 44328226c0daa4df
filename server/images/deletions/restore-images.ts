import type { Call } from "../../kernel/call.ts";
import type { RepositoryName } from "../../kernel/names.ts";
import { moveLayersJob } from "../../layers/jobs.ts";
import type { DeletionRow } from "../../platform/metadata/space-schema.ts";
import { findRepository } from "../../repositories/find-repository.ts";
import type { ImageDeps } from "../deps.ts";
import type { ImageIdentifier } from "../errors.ts";
import { manifestExists } from "../rows.ts";
import { deletionById, latestDeletionOfTag, latestDeletionOfTagged, latestKept } from "./kept-rows.ts";
import { type Restored, restoreDeletion } from "./restore-deletion.ts";
import { newRoom, type Restoring, Unrestorable } from "./restoring.ts";

/** What is to be undone: a deletion by its id, or the latest one of an image or of a tag. */
export type Restorable = { readonly deletionId: string } | { readonly imageId: ImageIdentifier };

export interface RestoreImagesInput {
  readonly name: RepositoryName;
  readonly what: readonly Restorable[];
  /** Whether a tag may be taken from the image that it names now. */
  readonly overwriteTags: boolean;
}

/** One of a batch that could not be undone; the others were. */
export interface RestoreFailure {
  readonly what: Restorable;
  readonly code: string;
  readonly reason: string;
}

export interface RestoredImages {
  readonly items: readonly Restored[];
  readonly failures: readonly RestoreFailure[];
}

/**
 * Undoes deletions of images and tags of a repository, with the children that an index needs, in one transaction. The times and
 * the storage class of images are what they were. What is back already stays as it is, so doing this twice does what doing it
 * once does. Throws RepositoryNotFoundException; all else is a failure of one.
 */
export async function restoreImages(
  deps: ImageDeps,
  call: Pick<Call, "registry" | "principal">,
  input: RestoreImagesInput,
): Promise<RestoredImages> {
  return deps.metadata.write(call.registry, async (tx) => {
    const repository = await findRepository(tx, input.name);
    const it: Restoring = { deps, tx, repository, now_ms: deps.clock.now(), by: call.principal.arn, room: newRoom() };
    const [items, failures]: [Restored[], RestoreFailure[]] = [[], []];
    for (const what of new Map(input.what.map((one) => [JSON.stringify(one), one])).values()) {
      try {
        items.push(await restore(it, what, input.overwriteTags));
      } catch (error) {
        if (!(error instanceof Unrestorable)) throw error;
        failures.push({ what, code: error.code, reason: error.message });
      }
    }
    // What only archived images needed may lie in the archive.
    if (items.length > 0) await tx.enqueue(moveLayersJob);
    return { items, failures };
  });
}

async function restore(it: Restoring, what: Restorable, overwriteTags: boolean): Promise<Restored> {
  if ("deletionId" in what) return restoreDeletion(it, await findDeletion(it, what.deletionId), overwriteTags);
  const { imageDigest, imageTag } = what.imageId;
  // By its name alone a tag is not taken from another image: the same request again would then take it back.
  const isExact = imageDigest !== undefined;
  if (imageTag !== undefined) {
    return restoreDeletion(it, await findDeletionOfTag(it, imageTag, imageDigest), overwriteTags && isExact);
  }
  if (imageDigest === undefined) throw new Unrestorable("MissingDigestAndTag", "Say which image by its digest or by a tag.");
  return restoreByDigest(it, imageDigest, overwriteTags);
}

async function restoreByDigest(it: Restoring, digest: string, overwriteTags: boolean): Promise<Restored> {
  const of = { repository: it.repository.id, digest };
  const kept = await it.tx.first(latestKept, { ...of, now_ms: it.now_ms });
  if (kept !== undefined) return restoreDeletion(it, await findDeletion(it, kept.deletion_id), overwriteTags);
  if ((await it.tx.first(manifestExists, of)) !== undefined) return { deletionId: undefined, digest, tags: [], left: [] };
  throw new Unrestorable("ImageNotFound", `The image '${digest}' is not there, and no deletion of it can be undone.`);
}

async function findDeletion({ tx, repository }: Restoring, id: string): Promise<DeletionRow> {
  const row = await tx.first(deletionById, { ...tx.registry, id });
  if (row?.repository_id === repository.id && row.kind !== "REPOSITORY") return row;
  throw new Unrestorable(
    "DeletionNotFound",
    `There is no deletion '${id}' of an image or a tag in the repository with name '${repository.name}'.`,
  );
}

async function findDeletionOfTag({ tx, repository }: Restoring, tag: string, digest: string | undefined): Promise<DeletionRow> {
  const of = { repository: repository.id, tag };
  const row = await (digest === undefined
    ? tx.first(latestDeletionOfTag, of)
    : tx.first(latestDeletionOfTagged, { ...tx.registry, ...of, digest }));
  if (row !== undefined) return row;
  const from = digest === undefined ? "" : ` from the image '${digest}'`;
  throw new Unrestorable("ImageNotFound", `No deletion of the tag '${tag}'${from} is known in this repository.`);
}
