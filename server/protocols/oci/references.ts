import { RegistryError } from "../../kernel/errors.ts";
import { type Digest, parseDigest, parseImageTag, parseTag, type Tag } from "../../kernel/names.ts";

/** What a manifest is asked for by. Throws TAG_INVALID for what can be no tag, and DIGEST_INVALID for what can be no digest. */
export function parseManifestReference(text: string): { readonly tag: Tag } | { readonly digest: Digest } {
  if (text.includes(":")) {
    const digest = parseDigest(text);
    if (digest === undefined)
      throw new RegistryError("ImageDigestDoesNotMatchException", `${quote(text)} is not a supported digest.`);
    return { digest };
  }
  const tag = parseImageTag(text);
  if (tag === undefined) throw invalidTag();
  return { tag };
}

/** A tag in the specification's grammar, as it is pushed: what is only pulled may be a longer one of ECR's API. Throws TAG_INVALID. */
export function parsePushedTag(text: string): Tag {
  const tag = parseTag(text);
  if (tag === undefined) throw invalidTag();
  return tag;
}

/** ECR: a tag that can be none is refused, with HEAD too, where one that is not there is unknown. (rules_oci#720) */
function invalidTag(): RegistryError {
  const constraint = "must satisfy regular expression '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}'";
  const text = `Invalid parameter at 'imageTag' failed to satisfy constraint: '${constraint}'`;
  return new RegistryError("InvalidImageTagException", text);
}

/** The digest of a layer. Throws DIGEST_INVALID when there is none, or one that can be no digest. */
export function parseLayerDigest(text: string | null): Digest {
  const digest = text === null ? undefined : parseDigest(text);
  if (digest !== undefined) return digest;
  const problem = text === null ? "The request needs the parameter 'digest'." : `${quote(text)} is not a supported digest.`;
  throw new RegistryError("InvalidLayerException", problem);
}

const QUOTED_LENGTH_MAX = 150;
function quote(text: string): string {
  return `'${text.slice(0, QUOTED_LENGTH_MAX)}'`;
}
