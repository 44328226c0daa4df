import { invalidParameter } from "../kernel/errors.ts";
import { type Digest, parseDigest } from "../kernel/names.ts";
import type { ImageIdentifier } from "./errors.ts";

/** Throws InvalidParameterException for an id that names no image: one without digest and tag, or with a digest that is none. */
export function checkImageId(path: string, id: ImageIdentifier): void {
  if (id.imageDigest === undefined && id.imageTag === undefined)
    throw invalidParameter(path, "both tag and digest cannot be null");
  if (id.imageDigest !== undefined) readDigest(`${path}.imageDigest`, id.imageDigest);
}

/** The digest that a member of an input holds. Throws InvalidParameterException. */
export function readDigest(path: string, text: string): Digest {
  const digest = parseDigest(text);
  if (digest === undefined)
    throw invalidParameter(path, "It must be a sha256 or sha512 digest with hexadecimal digits in lower case");
  return digest;
}
