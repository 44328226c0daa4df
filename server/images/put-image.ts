import { createHash } from "node:crypto";
import type { Call } from "../kernel/call.ts";
import type { RegistryError } from "../kernel/errors.ts";
import { algorithmOf, type Digest, type RepositoryName, type Tag } from "../kernel/names.ts";
import { quotaOf } from "../kernel/quotas.ts";
import type { Writer } from "../platform/metadata/metadata.ts";
import type { ManifestRow, RepositoryRow } from "../platform/metadata/schema.ts";
import { newDeletion } from "../repositories/deletion.ts";
import { type FindRepository, findRepository } from "../repositories/find-repository.ts";
import { isTagImmutable } from "../repositories/tag-mutability.ts";
import { hasTooManyImages } from "./count-images.ts";
import type { ImageDeps } from "./deps.ts";
import { insertParts } from "./insert-parts.ts";
import {
  imageAlreadyExists,
  imageDigestDoesNotMatch,
  imageTagAlreadyExists,
  invalidManifest,
  layersNotFound,
  referencedImagesNotFound,
  tooManyImages,
  tooManyTags,
} from "./errors.ts";
import { type Descriptor, type Manifest, parseManifest, refuseDuplicateMembers } from "./manifest.ts";
import { isNonDistributable } from "./media-types.ts";
import { moveTag } from "./move-tag.ts";
import { warningsOf } from "./push-warnings.ts";
import { insertManifest, layersAmong, manifestExists, manifestsAmong, setTagged, tagByName, tagsOfManifest } from "./rows.ts";
import { restoreImage } from "./storage-class.ts";

export interface PutImageInput {
  readonly name: RepositoryName;
  readonly body: Uint8Array;
  readonly mediaType?: string | undefined;
  readonly tags: readonly Tag[];
  /** What the client holds the digest to be. Absent: sha256 of the body. */
  readonly digest?: Digest | undefined;
  /** Whether pushing what is already there, with nothing changed, is an error (ECR's API) or a success (OCI). */
  readonly onIdentical: "succeed" | "fail";
  readonly find?: FindRepository | undefined;
}

export interface PutImageOutput {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly subject: Digest | undefined;
  /** Sentences about what the push may lack, though it was taken. */
  readonly warnings: readonly string[];
}

/**
 * Stores a manifest, and points tags at it. Whether its layers and children are there, whether a tag may move, and every
 * row, are one transaction, the same for both protocols. Throws InvalidManifestException, ImageDigestDoesNotMatchException,
 * RepositoryNotFoundException, LayersNotFoundException, ReferencedImagesNotFoundException, ImageAlreadyExistsException,
 * ImageTagAlreadyExistsException, LimitExceededException.
 */
export async function putImage(deps: ImageDeps, call: Call, input: PutImageInput): Promise<PutImageOutput> {
  const manifest = parseManifest(input.body, input.mediaType);
  refuseDuplicateMembers(input.body);
  const digest = digestOf(input.body, input.digest);
  if (input.digest !== undefined && input.digest !== digest)
    throw imageDigestDoesNotMatch(call.registry, input.name, input.digest);
  const now_ms = deps.clock.now();

  const warnings = await deps.metadata.write(call.registry, async (tx) => {
    const repository = await (input.find ?? findRepository)(tx, input.name);
    const push: Push = { deps, tx, repository, digest, now_ms, by: call.principal.arn };
    const subject =
      manifest.subject && (await tx.first(manifestExists, { repository: repository.id, digest: manifest.subject.digest }));
    const stored = await storeManifest(push, manifest, subject, input.body);
    if (stored !== "there" && (await hasTooManyImages(deps, tx, repository.id))) {
      throw tooManyImages(call.registry, input.name, quotaOf(deps, "imagesMax"));
    }
    const moved = await pointTags(push, input.tags, stored);
    if (stored === "there" && moved === 0 && input.onIdentical === "fail") {
      throw imageAlreadyExists(call.registry, input.name, digest, input.tags[0]);
    }
    return warningsOf(tx, repository, manifest, subject);
  });
  return { digest, mediaType: manifest.mediaType, subject: manifest.subject?.digest, warnings };
}

/** One push inside its transaction. */
interface Push {
  readonly deps: ImageDeps;
  readonly tx: Writer;
  readonly repository: RepositoryRow;
  readonly digest: Digest;
  readonly now_ms: number;
  readonly by: string;
}

function digestOf(body: Uint8Array, expected: Digest | undefined): Digest {
  const algorithm = expected === undefined ? "sha256" : algorithmOf(expected);
  return `${algorithm}:${createHash(algorithm).update(body).digest("hex")}` as Digest;
}

/** What a push found of its manifest: nothing, an archived one that it has restored, or all as it is to be. */
type Stored = "new" | "restored" | "there";

/** Writes the manifest's rows unless they are there. */
async function storeManifest(push: Push, manifest: Manifest, subject: Described | undefined, body: Uint8Array): Promise<Stored> {
  const { tx, repository, digest } = push;
  const existing = await tx.first(manifestExists, { repository: repository.id, digest });
  if (existing !== undefined) {
    requireSameType(manifest, existing.media_type);
    if (existing.status === "ACTIVE") return "there";
    // ECR: pushing an archived image restores it at once. (user guide, restoring an archived image)
    await restoreImage(tx, { repository: repository.id, digest }, "ACTIVE", push.now_ms);
    return "restored";
  }

  if (manifest.subject && subject) requireDescribed("subject", manifest.subject, subject);
  await requireLayers(push, manifest.layers);
  const imageSize = manifest.kind === "image" ? sizeOfImage(manifest.layers) : await requireChildren(push, manifest.children);
  push.deps.metadata.requireSpace(body.length);
  await tx.run(insertManifest, {
    repository_id: repository.id,
    digest,
    media_type: manifest.mediaType,
    artifact_type: manifest.artifactType ?? null,
    body,
    body_size: body.length,
    image_size: imageSize,
    subject: manifest.subject?.digest ?? null,
    annotations: manifest.annotations ?? null,
    pushed_ms: push.now_ms,
    pulled_ms: null,
    status: "ACTIVE",
    tagged: 0,
  });
  await insertParts(tx, { repository: repository.id, digest }, manifest);
  return "new";
}

/** Bytes without a mediaType stay what they were pushed as: one digest must not be two things. (OCI, GHSA-mc8v-mgrf-8f4m) */
function requireSameType({ mediaType }: Manifest, stored: string): void {
  if (mediaType === stored) return;
  throw invalidManifest(
    `the manifest was pushed as "${stored}" before and cannot be "${mediaType}" too: ` +
      "send it as it was, or delete the image first",
  );
}

/** Bytes of an image as ECR counts them: what it makes a registry store, each layer once. */
function sizeOfImage(layers: readonly Descriptor[]): number {
  const sizes = new Map(layers.filter((it) => !isNonDistributable(it.mediaType)).map((it) => [it.digest, it.size]));
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

async function requireLayers(push: Push, layers: readonly Descriptor[]): Promise<void> {
  const needed = layers.filter((it) => !isNonDistributable(it.mediaType));
  if (needed.length === 0) return;
  const digests = JSON.stringify(needed.map((it) => it.digest));
  const rows = await push.tx.all(layersAmong, { repository: push.repository.id, digests });
  const sizes = new Map(rows.map((it) => [it.digest, it.size]));
  const missing = needed.filter((it) => !sizes.has(it.digest)).map((it) => it.digest);
  if (missing.length > 0) throw layersNotFound(push.tx.registry, push.repository.name, [...new Set(missing)]);
  for (const layer of needed) requireSize("layer", layer, sizes.get(layer.digest));
}

/** Requires an index's children, and restores those that are archived: with the index they are pushed again. Returns its size: ECR counts an index as its largest child. (API reference, ImageDetail) */
async function requireChildren(push: Push, children: readonly Descriptor[]): Promise<number> {
  if (children.length === 0) return 0;
  const digests = JSON.stringify(children.map((it) => it.digest));
  const rows = await push.tx.all(manifestsAmong, { repository: push.repository.id, digests });
  const stored = new Map(rows.map((it) => [it.digest, it]));
  const missing = children.filter((it) => !stored.has(it.digest)).map((it) => it.digest);
  if (missing.length > 0) throw referencedImagesNotFound(push.tx.registry, push.repository.name, [...new Set(missing)]);
  for (const child of children) requireDescribed("image", child, stored.get(child.digest));
  for (const { digest } of rows.filter((it) => it.status !== "ACTIVE")) {
    await restoreImage(push.tx, { repository: push.repository.id, digest }, "ACTIVE", push.now_ms);
  }
  return Math.max(...rows.map((it) => it.image_size));
}

function requireSize(what: string, { digest, size }: Descriptor, found: number | undefined): void {
  if (size !== found) throw wrongDescriptor(`the ${what} ${digest} a size of ${size} bytes, but it has ${found}`);
}

/** What a descriptor says of a manifest that the repository has. */
type Described = Pick<ManifestRow, "media_type" | "body_size">;

/** A descriptor gives the size and mediaType of what it refers to: some clients read it by them. (OCI image-spec, descriptor) */
function requireDescribed(what: "image" | "subject", descriptor: Descriptor, found: Described | undefined): void {
  const { digest, mediaType } = descriptor;
  requireSize(what, descriptor, found?.body_size);
  if (mediaType !== found?.media_type)
    throw wrongDescriptor(`the ${what} ${digest} the media type "${mediaType}", but it was pushed as "${found?.media_type}"`);
}

function wrongDescriptor(what: string): RegistryError {
  return invalidManifest(`the manifest gives ${what}`);
}

/** Points tags at the image. Returns how many of them did not already point there. */
async function pointTags(push: Push, tags: readonly Tag[], stored: Stored): Promise<number> {
  let moved = 0;
  for (const tag of tags) moved += (await pointTag(push, tag, stored)) ? 1 : 0;
  if (moved > 0) await push.tx.run(setTagged, { repository: push.repository.id, digest: push.digest, tagged: 1 });
  return moved;
}

async function pointTag(push: Push, tag: Tag, stored: Stored): Promise<boolean> {
  const { tx, repository, digest } = push;
  const current = await tx.first(tagByName, { repository: repository.id, tag });
  if (current?.manifest === digest && stored === "restored") return false;
  // ECR: even the same image again is refused where the tag is immutable. (aws/aws-sdk#750)
  if (current !== undefined && isTagImmutable(repository, tag)) throw imageTagAlreadyExists(repository.name, tag);
  if (current?.manifest === digest) return false;

  const max = quotaOf(push.deps, "tagsPerImageMax");
  const others = await tx.all(tagsOfManifest, { repository: repository.id, digest, limit: max });
  if (others.length >= max) throw tooManyTags(tx.registry, repository.name, tag, max);
  const reason = { because: "A push has moved the tag.", movedTo: digest };
  await moveTag(tx, repository, { tag, from: current?.manifest, to: digest }, newDeletion(push.deps, push.by, reason));
  return true;
}
