import { DIGEST_PATTERN, hasDigestForm, IMAGE_TAG_PATTERN, parseImageTag, type RepositoryName } from "../kernel/names.ts";
import type { Reader } from "../platform/metadata/metadata.ts";
import type { ImageIdentifier } from "./errors.ts";
import { tagByName } from "./rows.ts";

/** One of a batch that could not be done; the others were. ECR: HTTP 200, with these under `failures`. */
export interface ImageFailure {
  readonly imageId: ImageIdentifier;
  readonly failureCode: string;
  readonly failureReason: string;
}

export interface Batch<Item> {
  readonly items: readonly Item[];
  readonly failures: readonly ImageFailure[];
}

export interface BatchInput {
  readonly name: RepositoryName;
  readonly ids: readonly ImageIdentifier[];
}

/** Runs `work` for each different id, and gathers what fails. */
export async function eachOnce<Item>(
  ids: readonly ImageIdentifier[],
  work: (id: ImageIdentifier) => Promise<Item>,
): Promise<Batch<Item>> {
  const items: Item[] = [];
  const failures: ImageFailure[] = [];
  const different = new Map(ids.map((id) => [JSON.stringify([id.imageDigest ?? null, id.imageTag ?? null]), id]));
  for (const id of different.values()) {
    try {
      items.push(await work(id));
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      failures.push({ imageId: error.imageId, failureCode: error.failureCode, failureReason: error.message });
    }
  }
  return { items, failures };
}

/** The digest that an id means, whether or not there is an image of it. Throws Failed. */
export async function resolve(tx: Reader, repository: number, id: ImageIdentifier): Promise<string> {
  const { imageDigest, imageTag } = id;
  if (imageDigest === undefined && imageTag === undefined) {
    throw new Failed(id, "MissingDigestAndTag", "Invalid request parameters: both tag and digest cannot be null");
  }
  if (imageDigest !== undefined && !hasDigestForm(imageDigest)) {
    throw new Failed(
      id,
      "InvalidImageDigest",
      `Invalid request parameters: image digest should satisfy the regex '${DIGEST_PATTERN}'`,
    );
  }
  if (imageTag === undefined) return imageDigest ?? "";
  if (parseImageTag(imageTag) === undefined) {
    throw new Failed(
      id,
      "InvalidImageTag",
      `Invalid request parameters: image tag should satisfy the regex '${IMAGE_TAG_PATTERN}'`,
    );
  }
  const row = await tx.first(tagByName, { repository, tag: imageTag });
  if (row === undefined) throw notFound(id);
  if (imageDigest !== undefined && imageDigest !== row.manifest) {
    throw new Failed(id, "ImageTagDoesNotMatchDigest", "Invalid request parameters: given tag does not map to the given digest");
  }
  return row.manifest;
}

export function notFound(id: ImageIdentifier): Failed {
  return new Failed(id, "ImageNotFound", "Requested image not found");
}

/** Why one id of a batch could not be done; `eachOnce` makes a failure of it. */
export class Failed extends Error {
  readonly imageId: ImageIdentifier;
  readonly failureCode: string;

  constructor(imageId: ImageIdentifier, failureCode: string, reason: string) {
    super(reason);
    this.imageId = imageId;
    this.failureCode = failureCode;
  }
}
