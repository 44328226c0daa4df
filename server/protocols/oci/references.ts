import { RegistryError } from "../../kernel/errors.ts";
import { type Digest, parseDigest, parseImageTag, type Tag } from "../../kernel/names.ts";

/** What a manifest is asked for by. Undefined when the text can be no tag; throws DIGEST_INVALID for what can be no digest. */
export function parseManifestReference(text: string): { readonly tag: Tag } | { readonly digest: Digest } | undefined {
  if (text.includes(":")) {
    const digest = parseDigest(text);
    if (digest === undefined)
      throw new RegistryError("ImageDigestDoesNotMatchException", `${quote(text)} is not a supported digest.`);
    return { digest };
  }
  const tag = parseImageTag(text);
  return tag === undefined ? undefined : { tag };
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
