import { string, structure } from "../kernel/shape.ts";
import type { Reader } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";
import type { ManifestRow, RepositoryRow } from "../platform/metadata/schema.ts";
import { type ImageIdentifier, imageNotFound } from "./errors.ts";
import { checkImageId } from "./image-id.ts";
import { tagByName } from "./rows.ts";

/** ECR: ImageIdentifier. (API model) */
export const IMAGE_ID = structure({ imageDigest: string(), imageTag: string({ min: 1, max: 300 }) });

/** All columns of an image but those that may be large. */
export const IMAGE_COLUMNS = [
  "digest",
  "media_type",
  "artifact_type",
  "image_size",
  "subject",
  "pushed_ms",
  "pulled_ms",
  "status",
] as const;
/** What is known of an image without its manifest and its tags. */
export type ImageRow = Pick<ManifestRow, (typeof IMAGE_COLUMNS)[number]>;

const imageByDigest = query<{ repository: number; digest: string }>()((db, p) =>
  db.selectFrom("manifests").select(IMAGE_COLUMNS).where("repository_id", "=", p.repository).where("digest", "=", p.digest),
);

/**
 * The image of a repository that is named by its digest, by a tag, or by both when they agree; archived ones too.
 * Throws ImageNotFoundException, and InvalidParameterException for an id that can name none.
 */
export async function findImage(tx: Reader, repository: RepositoryRow, id: ImageIdentifier): Promise<ImageRow> {
  checkImageId("imageId", id);
  const digest = await digestOf(tx, repository.id, id);
  const row = digest === undefined ? undefined : await tx.first(imageByDigest, { repository: repository.id, digest });
  if (row === undefined) throw imageNotFound(tx.registry, repository.name, id);
  return row;
}

async function digestOf(tx: Reader, repository: number, { imageDigest, imageTag }: ImageIdentifier): Promise<string | undefined> {
  if (imageTag === undefined) return imageDigest;
  const tagged = await tx.first(tagByName, { repository, tag: imageTag });
  return imageDigest === undefined || imageDigest === tagged?.manifest ? tagged?.manifest : undefined;
}
