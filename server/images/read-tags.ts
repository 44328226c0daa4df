import { TAGS_PER_PAGE_MAX } from "../kernel/limits.ts";
import type { Reader } from "../platform/metadata/metadata.ts";
import { tagsAmong } from "./rows.ts";

/**
 * The tags of images by digest: of all that are named, in order of their digests, or of the first ones when one answer has no
 * room for more. An image without tags is there too; there is always one image at least.
 */
export async function readTags(
  tx: Pick<Reader, "all">,
  repository: number,
  digests: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const limit = TAGS_PER_PAGE_MAX + 1;
  const rows = await tx.all(tagsAmong, { repository, digests: JSON.stringify(digests), limit });
  // The image of the last tag that was found may have more of them than were read.
  const end = rows.length < limit ? undefined : rows.at(-1)?.manifest;
  const complete = digests.filter((it, at) => end === undefined || it < end || at === 0);
  const byImage = Map.groupBy(rows, (it) => it.manifest);
  return new Map(complete.map((it) => [it, (byImage.get(it) ?? []).map(({ tag }) => tag)]));
}
