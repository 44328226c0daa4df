import { TAGS_PER_PAGE_MAX } from "../kernel/limits.ts";
import type { Reader } from "../platform/metadata/metadata.ts";
import { tagsAmong, tagsWithin } from "./rows.ts";

/** Tags by digest, in order of the digests. */
export type TagsByImage = ReadonlyMap<string, readonly string[]>;

const limit = TAGS_PER_PAGE_MAX + 1;

/**
 * The tags of images, whose digests are in order: of all that are named, or of the first ones when one answer has no room for
 * more. An image without tags is there too; there is always one image at least.
 */
export async function readTags(tx: Pick<Reader, "all">, repository: number, digests: readonly string[]): Promise<TagsByImage> {
  const rows = await tx.all(tagsAmong, { repository, digests: JSON.stringify(digests), limit });
  return divide(rows, digests);
}

/** The same of images between whose digests the repository has no others. */
export async function readTagsWithin(
  tx: Pick<Reader, "all">,
  repository: number,
  digests: readonly string[],
): Promise<TagsByImage> {
  const [first, last] = [digests.at(0) ?? "", digests.at(-1) ?? ""];
  return divide(await tx.all(tagsWithin, { repository, first, last, limit }), digests);
}

/** Walks along both, which are in the same order. */
function divide(rows: readonly { readonly manifest: string; readonly tag: string }[], digests: readonly string[]): TagsByImage {
  // The image of the last tag that was found may have more of them than were read.
  const end = rows.length < limit ? undefined : rows.at(-1)?.manifest;
  const tags = new Map<string, readonly string[]>();
  let at = 0;
  for (const digest of digests) {
    if (end !== undefined && digest >= end && tags.size > 0) break;
    const own: string[] = [];
    for (let row = rows[at]; row !== undefined; row = rows[++at]) {
      if (row.manifest === digest) own.push(row.tag);
      else if (row.manifest > digest) break;
    }
    tags.set(digest, own);
  }
  return tags;
}
