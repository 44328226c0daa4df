import type { ImageIdentifier } from "../images/errors.ts";
import { tagByName } from "../images/rows.ts";
import type { Reader } from "../platform/metadata/metadata.ts";

/** The digests of images that are named by digest, by tag, or by both when they agree. Whether a digest is there is not looked at. */
export async function findImageDigests(
  tx: Reader,
  repository: number,
  ids: readonly ImageIdentifier[],
): Promise<readonly string[]> {
  const digests = new Set<string>();
  for (const { imageDigest, imageTag } of ids) {
    const manifest = imageTag === undefined ? imageDigest : (await tx.first(tagByName, { repository, tag: imageTag }))?.manifest;
    if (manifest !== undefined && (imageDigest ?? manifest) === manifest) digests.add(manifest);
  }
  return [...digests];
}
