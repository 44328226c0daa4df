import { TAGS_PER_PAGE_MAX } from "../../kernel/limits.ts";
import { quotaOf } from "../../kernel/quotas.ts";
import type { DeletionRow } from "../../platform/metadata/space-schema.ts";
import { newDeletion } from "../../repositories/deletion.ts";
import { isTagImmutable } from "../../repositories/tag-mutability.ts";
import { tooManyTags } from "../errors.ts";
import { moveTag } from "../move-tag.ts";
import { setTagged, tagsOfManifest } from "../rows.ts";
import { bringFreeTagsBack, deletedTagsNow } from "./kept-rows.ts";
import { type Restoring, Unrestorable } from "./restoring.ts";

/** The tags of a deletion: those that name its image now, and those that do not, with a sentence that says why. */
export interface RestoredTags {
  readonly tags: readonly string[];
  readonly left: readonly LeftTag[];
}

export interface LeftTag {
  readonly tag: string;
  readonly reason: string;
}

/** Throws Unrestorable where the one tag of a deletion cannot be brought back. */
export async function refuseTag(it: Restoring, { id, digest }: DeletionRow, overwriteTags: boolean): Promise<void> {
  const [tag] = await it.tx.all(deletedTagsNow, { id, limit: 1 });
  if (tag === undefined || tag.manifest === digest) return;
  const reason = whyNotMoved(it, { ...tag, free: await freeTagsOf(it, digest ?? "") }, overwriteTags);
  if (reason !== undefined) throw new Unrestorable(tag.manifest === null ? "LimitExceeded" : "ImageTagAlreadyExists", reason);
}

/** Throws Unrestorable for deletions that took more tags than the batch has room for. */
export async function checkRoomForTags({ tx, room }: Restoring, ids: ReadonlySet<string>): Promise<void> {
  for (const id of ids) room.takeTags((await tx.all(deletedTagsNow, { id, limit: TAGS_PER_PAGE_MAX + 1 })).length);
}

/** Points the tags that a deletion took at its image, which is there: those that name nothing now, others with `overwriteTags`. */
export async function bringTagsBack(
  it: Restoring,
  { id, digest }: { readonly id: string; readonly digest: string },
  overwriteTags: boolean,
): Promise<RestoredTags> {
  const { tx, repository, now_ms } = it;
  const [tags, left]: [string[], LeftTag[]] = [[], []];
  let free = await freeTagsOf(it, digest);
  free -= await tx.run(bringFreeTagsBack, { id, digest, now_ms, limit: free });
  for (const { tag, manifest } of await tx.all(deletedTagsNow, { id, limit: TAGS_PER_PAGE_MAX })) {
    const isBack = manifest === digest;
    const reason = isBack ? undefined : whyNotMoved(it, { tag, manifest, free }, overwriteTags);
    if (reason !== undefined) {
      left.push({ tag, reason });
      continue;
    }
    tags.push(tag);
    if (isBack || manifest === null) continue;
    free -= 1;
    const because = { because: "The tag was restored to another image.", movedTo: digest };
    await moveTag(tx, repository, { tag, from: manifest, to: digest }, newDeletion(it.deps, it.by, because));
  }
  if (tags.length > 0) await tx.run(setTagged, { repository: repository.id, digest, tagged: 1 });
  return { tags, left };
}

/** Why a tag cannot name another image than it does now, or undefined. */
function whyNotMoved(
  { deps, tx, repository }: Restoring,
  { tag, manifest, free }: { readonly tag: string; readonly manifest: string | null; readonly free: number },
  overwriteTags: boolean,
): string | undefined {
  if (manifest !== null && isTagImmutable(repository, tag)) return `The tag '${tag}' names '${manifest}' now and is immutable.`;
  if (manifest !== null && !overwriteTags) {
    return `The tag '${tag}' names '${manifest}' now. With overwriteTags it is taken from there, where the deletion or the digest is named.`;
  }
  if (free > 0) return undefined;
  return tooManyTags(tx.registry, repository.name, tag, quotaOf(deps, "tagsPerImageMax")).message;
}

/** How many tags more an image may have. */
async function freeTagsOf({ deps, tx, repository }: Restoring, digest: string): Promise<number> {
  const max = quotaOf(deps, "tagsPerImageMax");
  return max - (await tx.all(tagsOfManifest, { repository: repository.id, digest, limit: max })).length;
}
