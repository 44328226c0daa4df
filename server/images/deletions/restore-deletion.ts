import { quotaOf } from "../../kernel/quotas.ts";
import type { DeletionRow } from "../../platform/metadata/space-schema.ts";
import { markRestored } from "../../repositories/deletion-rows.ts";
import { hasTooManyImages } from "../count-images.ts";
import { tooManyImages } from "../errors.ts";
import { insertParts } from "../insert-parts.ts";
import { activateImagesJob } from "../jobs.ts";
import { type Manifest, parseManifest } from "../manifest.ts";
import { isNonDistributable } from "../media-types.ts";
import { layersAmong, manifestExists, manifestsAmong } from "../rows.ts";
import { restoreImage } from "../storage-class.ts";
import { bringManifestBack, bringTransitionBack, forgetManifest, latestKept } from "./kept-rows.ts";
import { bringTagsBack, checkRoomForTags, refuseTag, type RestoredTags } from "./restore-tags.ts";
import { type Restoring, Unrestorable } from "./restoring.ts";

/** A deletion that was undone. */
export interface Restored extends RestoredTags {
  /** Absent where there was nothing to undo: the image is there. */
  readonly deletionId: string | undefined;
  readonly digest: string;
}

/** An image to be brought back. */
interface Returning {
  readonly deletion_id: string;
  readonly digest: string;
  readonly status: string;
  readonly manifest: Manifest;
}

/**
 * Undoes one deletion: brings its image back, and what an index needs before it, each with the tags that went with it and name
 * nothing now. A tag that names another image is taken from that only with `overwriteTags`, and only for the deletion that was
 * asked for. All is decided before anything is written. Throws Unrestorable.
 */
export async function restoreDeletion(it: Restoring, record: DeletionRow, overwriteTags: boolean): Promise<Restored> {
  const { tx, repository, now_ms } = it;
  const digest = record.digest ?? "";
  if (record.restorable_until_ms <= now_ms) {
    const since = new Date(record.restorable_until_ms).toISOString();
    throw new Unrestorable("DeletionNotRestorable", `The deletion '${record.id}' cannot be undone since ${since}.`);
  }
  if (record.kind === "TAG") await refuseTag(it, record, overwriteTags);
  const plan = new Map<string, Returning>();
  await planImage(it, digest, plan);
  await checkRoomForTags(it, new Set([record.id, ...[...plan.values()].map(({ deletion_id }) => deletion_id)]));
  const living = [...plan.values()].filter(({ status }) => status !== "ARCHIVED").length;
  if (living > 0 && (await hasTooManyImages(it.deps, tx, repository.id, living))) {
    const { message } = tooManyImages(tx.registry, repository.name, quotaOf(it.deps, "imagesMax"));
    throw new Unrestorable("LimitExceeded", message);
  }
  for (const image of plan.values()) {
    await bringBack(it, image);
    if (image.deletion_id !== record.id) await bringTagsBack(it, { id: image.deletion_id, digest: image.digest }, false);
  }
  await tx.run(markRestored, { id: record.id, now_ms });
  return { deletionId: record.id, digest, ...(await bringTagsBack(it, { id: record.id, digest }, overwriteTags)) };
}

/** Adds to the plan what has to come back for an image to be there, children first; nothing when it is there. */
async function planImage(it: Restoring, digest: string, plan: Map<string, Returning>): Promise<void> {
  const of = { repository: it.repository.id, digest };
  if (plan.has(digest) || (await it.tx.first(manifestExists, of)) !== undefined) return;
  const kept = await it.tx.first(latestKept, { ...of, now_ms: it.now_ms });
  if (kept === undefined) {
    throw new Unrestorable("ImageNotFound", `The image '${digest}' is not there, and it is not kept any more.`);
  }
  it.room.takeImage(kept.body_size);
  const manifest = parseManifest(kept.body, kept.media_type);
  await requireLayers(it, digest, manifest);
  for (const child of manifest.children) await planImage(it, child.digest, plan);
  const { deletion_id, status } = kept;
  plan.set(digest, { deletion_id, digest, status, manifest });
}

async function requireLayers({ tx, repository }: Restoring, digest: string, { layers }: Manifest): Promise<void> {
  const needed = layers.filter((it) => !isNonDistributable(it.mediaType)).map((it) => it.digest);
  const rows = await tx.all(layersAmong, { repository: repository.id, digests: JSON.stringify(needed) });
  const there = new Set(rows.map((it) => it.digest));
  const missing = needed.find((it) => !there.has(it));
  if (missing === undefined) return;
  throw new Unrestorable("LayersNotFound", `The layer '${missing}' of the image '${digest}' is gone. Push the image again.`);
}

async function bringBack({ tx, repository, now_ms }: Restoring, image: Returning): Promise<void> {
  const { deletion_id: id, digest, status, manifest } = image;
  const of = { repository: repository.id, digest };
  await tx.run(bringManifestBack, { id });
  await tx.run(bringTransitionBack, { id });
  await insertParts(tx, of, manifest);
  await tx.run(forgetManifest, { id });
  await tx.run(markRestored, { id, now_ms });
  if (status === "ACTIVATING") await tx.enqueue(activateImagesJob(repository.id));
  if (status === "ARCHIVED" || manifest.children.length === 0) return;
  // Nothing kept them from being archived while the index was gone.
  const digests = JSON.stringify(manifest.children.map((it) => it.digest));
  const children = await tx.all(manifestsAmong, { repository: repository.id, digests });
  for (const child of children.filter((it) => it.status === "ARCHIVED")) {
    await restoreImage(tx, { ...of, digest: child.digest }, "ACTIVE", now_ms);
  }
}
