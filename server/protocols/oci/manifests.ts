import { deleteImage, deleteTag } from "../../images/delete-image.ts";
import { getImage } from "../../images/get-image.ts";
import { putImage } from "../../images/put-image.ts";
import { parseAccept, translateManifest } from "../../images/translate-manifest.ts";
import { RegistryError } from "../../kernel/errors.ts";
import { MANIFEST_SIZE_BYTES_MAX, MANIFEST_TAGS_PER_PUSH_MAX } from "../../kernel/limits.ts";
import type { Tag } from "../../kernel/names.ts";
import { readBody } from "../body.ts";
import { createOnPush } from "./create-on-push.ts";
import { API_VERSION, locationOf, warningHeaders } from "./headers.ts";
import type { OciDeps } from "./deps.ts";
import { matchesEntityTag } from "../byte-range.ts";
import { parseManifestReference, parsePushedTag } from "./references.ts";
import type { RepositoryRequest } from "./route.ts";

/**
 * GET and HEAD of a manifest. It comes back as it was pushed, but for a tag whose image is of the one of Docker's and OCI's
 * kinds that `Accept` does not name when it names the other: then it is translated.
 */
export async function getManifest(deps: OciDeps, request: RepositoryRequest): Promise<void> {
  const reference = parseManifestReference(request.reference);
  const stored = await getImage(deps, request.call, { name: request.name, reference });
  const isByTag = "tag" in reference;
  const accepted = isByTag ? parseAccept(request.exchange.request.headers.accept, stored.mediaType) : [];
  const { digest, mediaType, body } = translateManifest(stored, accepted);
  const entityTag = `"${digest}"`;
  const headers = ["Content-Type", mediaType, "Docker-Content-Digest", digest, "Etag", entityTag, ...API_VERSION];
  // What is kept between us and clients must not give one of them what was translated for another.
  if (isByTag) headers.push("Vary", "Accept");
  const unchanged = matchesEntityTag(request.exchange.request.headers["if-none-match"], entityTag);
  request.exchange.reply(unchanged ? 304 : 200, headers, body);
}

/** PUT by tag, or by digest with as many `?tag=` as are to point at it. */
export async function putManifest(deps: OciDeps, request: RepositoryRequest): Promise<void> {
  const { exchange, call, name } = request;
  const reference = parseManifestReference(request.reference);
  const byDigest = "digest" in reference;
  const tags = parseTags(byDigest ? request.parameters.getAll("tag") : [reference.tag]);
  const mediaType = exchange.request.headers["content-type"]?.split(";", 1)[0]?.trim();
  const body = await readManifest(request);
  const digest = byDigest ? reference.digest : undefined;
  const push = { name, body, tags, mediaType, digest, onIdentical: "succeed" } as const;
  const image = await createOnPush(deps, request, (find) => putImage(deps, call, { ...push, find }));
  const headers = ["Location", locationOf(request, `manifests/${image.digest}`), "Docker-Content-Digest", image.digest];
  if (image.subject !== undefined) headers.push("OCI-Subject", image.subject);
  if (byDigest) for (const tag of tags) headers.push("OCI-Tag", tag);
  exchange.reply(201, [...headers, ...warningHeaders(image.warnings), ...API_VERSION]);
}

/** DELETE by digest takes the image with all its tags; by tag, only the tag. */
export async function deleteManifest(deps: OciDeps, request: RepositoryRequest): Promise<void> {
  const { call, name } = request;
  const reference = parseManifestReference(request.reference);
  if ("digest" in reference) await deleteImage(deps, call, { name, digest: reference.digest });
  else await deleteTag(deps, call, { name, tag: reference.tag });
  request.exchange.reply(202, API_VERSION);
}

function parseTags(texts: readonly string[]): readonly Tag[] {
  if (texts.length > MANIFEST_TAGS_PER_PUSH_MAX) {
    throw new RegistryError("TooManyTagsException", `A push may set at most ${MANIFEST_TAGS_PER_PUSH_MAX} tags.`);
  }
  return texts.map(parsePushedTag);
}

async function readManifest(request: RepositoryRequest): Promise<Buffer> {
  try {
    return await readBody(request.exchange, { limit_bytes: MANIFEST_SIZE_BYTES_MAX });
  } catch (error) {
    if (!(error instanceof RegistryError) || error.code !== "RequestEntityTooLargeException") throw error;
    throw new RegistryError("ManifestTooLargeException", `A manifest may be at most ${MANIFEST_SIZE_BYTES_MAX} bytes.`);
  }
}
