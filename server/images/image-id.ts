import { invalidParameter } from "../kernel/errors.ts";
import { DIGEST_PATTERN, type Digest, hasDigestForm, IMAGE_TAG_PATTERN, parseImageTag, type Tag } from "../kernel/names.ts";
import type { ImageIdentifier } from "./errors.ts";

/** Throws InvalidParameterException for an id that names no image: one without digest and tag, or with one that can be none. */
export function checkImageId(path: string, id: ImageIdentifier): void {
  if (id.imageDigest === undefined && id.imageTag === undefined)
    throw invalidParameter(path, "both tag and digest cannot be null");
  if (id.imageDigest !== undefined) readImageDigest(id.imageDigest);
  if (id.imageTag !== undefined) readImageTag(id.imageTag);
}

/** Throws InvalidParameterException for a request that names what it is about, by `named`, and asks for a page at once. ECR: one or the other. (API reference) */
export function refusePaging(input: { readonly nextToken?: string; readonly maxResults?: number }, named = "imageIds"): void {
  for (const member of ["nextToken", "maxResults"] as const) {
    if (input[member] !== undefined) throw invalidParameter(member, `It can't be used together with ${named}`);
  }
}

/** A tag as ECR's API takes it. Throws InvalidParameterException. ECR: it names the member without a path. (datawire/forge#99) */
export function readImageTag(text: string): Tag {
  const tag = parseImageTag(text);
  if (tag === undefined) throw invalidParameter("imageTag", `must satisfy regular expression '${IMAGE_TAG_PATTERN}'`);
  return tag;
}

/**
 * A digest as ECR's API takes it, also of an algorithm that we know nothing by. Throws InvalidParameterException. ECR: it
 * names the member without a path. (pulumi/pulumi-aws#2466)
 */
export function readImageDigest(text: string, path = "imageDigest"): Digest {
  if (!hasDigestForm(text)) throw invalidParameter(path, `must satisfy regular expression '${DIGEST_PATTERN}'`);
  return text as Digest;
}
