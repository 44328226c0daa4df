import type { Call } from "../kernel/call.ts";
import { RegistryError } from "../kernel/errors.ts";
import { MANIFESTS_PER_BATCH_BYTES_MAX } from "../kernel/limits.ts";
import { DIGEST_PATTERN, parseTag, type RepositoryName } from "../kernel/names.ts";
import type { Reader, Writer } from "../platform/metadata/metadata.ts";
import { findRepository } from "../repositories/find-repository.ts";
import { removeImage, removeTag } from "./delete-image.ts";
import type { ImageDeps, PullDeps } from "./deps.ts";
import type { ImageIdentifier } from "./errors.ts";
import { manifestByDigest, manifestExists, tagByName, tagsOfManifest } from "./rows.ts";

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

export interface BatchedImage {
  /** What it was asked for by, and its digest. */
  readonly imageId: ImageIdentifier;
  readonly mediaType: string;
  readonly body: Uint8Array;
}

const DIGEST = new RegExp(`^${DIGEST_PATTERN}$`);

/**
 * Reads manifests, which counts as pulling them. Throws RepositoryNotFoundException, and LimitExceededException when they are too large for one answer;
 * all else is a failure of one id.
 */
export async function batchGetImage(deps: PullDeps, call: Call, input: BatchInput): Promise<Batch<BatchedImage>> {
  const batch = await deps.metadata.read(call.registry, async (tx) => {
    const repository = await findRepository(tx, input.name);
    let size_bytes = 0;
    return eachOnce(input.ids, async (id) => {
      const digest = await resolve(tx, repository.id, id);
      const row = await tx.first(manifestByDigest, { repository: repository.id, digest });
      if (row === undefined || row.status !== "ACTIVE") throw notFound(id);
      size_bytes += row.body_size;
      if (size_bytes > MANIFESTS_PER_BATCH_BYTES_MAX) throw tooLarge();
      return { id, row };
    });
  });
  // ECR: reading a manifest through the API is a pull like any other. (aws/containers-roadmap#2390)
  for (const { row } of batch.items) deps.pulls.note(call, row);
  const items = batch.items.map(({ id, row }) => ({
    imageId: { ...id, imageDigest: row.digest },
    mediaType: row.media_type,
    body: row.body,
  }));
  return { items, failures: batch.failures };
}

/**
 * Deletes images: by digest with all their tags; by tag only that tag, and the image with its last one.
 * Throws RepositoryNotFoundException; all else is a failure of one id. Returns what was deleted.
 */
export async function batchDeleteImage(deps: ImageDeps, call: Call, input: BatchInput): Promise<Batch<ImageIdentifier>> {
  return deps.metadata.write(call.registry, async (tx) => {
    const repository = await findRepository(tx, input.name);
    const batch = await eachOnce(input.ids, (id) => deleteOne(tx, repository.id, id));
    return { items: batch.items.flat(), failures: batch.failures };
  });
}

async function deleteOne(tx: Writer, repository: number, id: ImageIdentifier): Promise<readonly ImageIdentifier[]> {
  const digest = await resolve(tx, repository, id);
  const image = await tx.first(manifestExists, { repository, digest });
  if (image === undefined) throw notFound(id);
  const tags = (await tx.all(tagsOfManifest, { repository, digest, limit: Number.MAX_SAFE_INTEGER })).map((it) => it.tag);

  const { imageTag } = id;
  if (imageTag !== undefined && tags.some((it) => it !== imageTag)) {
    await removeTag(tx, repository, imageTag, digest);
    return [{ imageTag, imageDigest: digest }];
  }
  try {
    await removeImage(tx, repository, digest);
  } catch (error) {
    if (error instanceof RegistryError) throw new Failed(id, "ImageReferencedByManifestList", error.message);
    throw error;
  }
  return tags.length === 0 ? [{ imageDigest: digest }] : tags.map((tag) => ({ imageTag: tag, imageDigest: digest }));
}

/** Runs `work` for each different id, and gathers what fails. */
async function eachOnce<Item>(
  ids: readonly ImageIdentifier[],
  work: (id: ImageIdentifier) => Promise<Item>,
): Promise<Batch<Item>> {
  const items: Item[] = [];
  const failures: ImageFailure[] = [];
  const different = new Map(ids.map((id) => [`${id.imageDigest}|${id.imageTag}`, id]));
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

/** The digest that an id means. Throws Failed. */
async function resolve(tx: Reader, repository: number, id: ImageIdentifier): Promise<string> {
  const { imageDigest, imageTag } = id;
  if (imageDigest === undefined && imageTag === undefined) {
    throw new Failed(id, "MissingDigestAndTag", "Invalid request parameters: both tag and digest cannot be null");
  }
  if (imageDigest !== undefined && !DIGEST.test(imageDigest)) {
    throw new Failed(
      id,
      "InvalidImageDigest",
      `Invalid request parameters: image digest should satisfy the regex '${DIGEST_PATTERN}'`,
    );
  }
  if (imageTag === undefined) return imageDigest ?? "";
  if (parseTag(imageTag) === undefined) {
    throw new Failed(
      id,
      "InvalidImageTag",
      "Invalid request parameters: image tag should satisfy the regex '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}'",
    );
  }
  const row = await tx.first(tagByName, { repository, tag: imageTag });
  if (row === undefined) throw notFound(id);
  if (imageDigest !== undefined && imageDigest !== row.manifest) {
    throw new Failed(
      id,
      "ImageTagDoesNotMatchDigest",
      "Invalid request parameters: the image tag does not belong to the image digest",
    );
  }
  return row.manifest;
}

function tooLarge(): RegistryError {
  return new RegistryError(
    "LimitExceededException",
    `The manifests of these images take more than the ${MANIFESTS_PER_BATCH_BYTES_MAX} bytes that one answer may have. Ask for fewer at a time.`,
  );
}

function notFound(id: ImageIdentifier): Failed {
  return new Failed(id, "ImageNotFound", "Requested image not found");
}

/** Why one id of a batch could not be done. Never leaves this file. */
class Failed extends Error {
  readonly imageId: ImageIdentifier;
  readonly failureCode: string;

  constructor(imageId: ImageIdentifier, failureCode: string, reason: string) {
    super(reason);
    this.imageId = imageId;
    this.failureCode = failureCode;
  }
}
