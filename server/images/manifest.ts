import { RegistryError } from "../kernel/errors.ts";
import { duplicateKey, parseJson } from "../kernel/json.ts";
import {
  MANIFEST_ANNOTATIONS_BYTES_MAX,
  MANIFEST_DEPTH_MAX,
  MANIFEST_REFERENCES_MAX,
  MANIFEST_SIZE_BYTES_MAX,
} from "../kernel/limits.ts";
import { type Digest, parseDigest } from "../kernel/names.ts";
import { invalidManifest } from "./errors.ts";
import { isArtifactType, type ManifestKind, manifestKind } from "./media-types.ts";

/** What a manifest says of a thing that it points to. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}

/** A manifest as we understand it. What it holds beyond this is kept in its bytes, which are never changed. */
export interface Manifest {
  readonly mediaType: string;
  readonly kind: ManifestKind;
  /** What kind of artifact it is: its artifactType, or for an image without one its config's media type. */
  readonly artifactType: string | undefined;
  /** An image's config and layers, in order; none for an index. */
  readonly layers: readonly Descriptor[];
  /** An index's children, in order; none for an image. */
  readonly children: readonly Descriptor[];
  readonly subject: Descriptor | undefined;
  /** JSON text of the annotations of a manifest with a subject: lists of referrers repeat them. Of others they stay in the bytes. */
  readonly annotations: string | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/** What we read of manifests and descriptors, by its name in lower case. */
const MEMBERS = new Map(
  ["schemaVersion", "mediaType", "config", "layers", "manifests", "subject", "artifactType", "annotations", "digest", "size"].map(
    (name) => [name.toLowerCase(), name],
  ),
);
const MEDIA_TYPE = /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/;

/**
 * Reads a manifest. `declaredType` is the Content-Type or imageManifestMediaType that came with it, if any.
 * Throws InvalidManifestException with what is wrong and where; a body that could be read as two kinds is refused, as is
 * one whose mediaType is not its declared type. (CVE-2021-41190: a body that means two things to two readers)
 */
export function parseManifest(body: Uint8Array, declaredType: string | undefined): Manifest {
  if (body.length > MANIFEST_SIZE_BYTES_MAX) {
    throw new RegistryError(
      "ManifestTooLargeException",
      `The manifest is ${body.length} bytes; at most ${MANIFEST_SIZE_BYTES_MAX} are allowed.`,
    );
  }
  const json = asObject(parseJson(body, MANIFEST_DEPTH_MAX)?.value);
  // ECR: the same words for everything that is not a JSON object. (observed through docker push)
  if (json === undefined) throw invalidManifest("Invalid JSON syntax");

  const mediaType = mediaTypeOf(json, declaredType);
  const kind = manifestKind(mediaType);
  if (kind === undefined) throw invalidManifest(`Unsupported manifest type: "${mediaType.slice(0, 255)}"`);
  if (json["schemaVersion"] !== 2) throw invalidManifest("schemaVersion must be 2");
  refuseLookalikes(json);
  refuseSecondKind(json, kind);

  const subject = json["subject"] === undefined ? undefined : readDescriptor(json["subject"], "subject");
  const artifactType = readArtifactType(json);
  const annotations = readAnnotations(json["annotations"], subject !== undefined);
  const common = { mediaType, kind, subject, annotations };
  if (kind === "index") return { ...common, artifactType, layers: [], children: readDescriptors(json["manifests"], "manifests") };
  const config = readDescriptor(json["config"], "config");
  const layers = [config, ...readDescriptors(json["layers"], "layers")];
  return { ...common, artifactType: artifactType ?? config.mediaType, layers, children: [] };
}

/**
 * Refuses a manifest that names a member twice in one object: we have read the last one, and others read the first. Asked of what
 * is pushed; what is stored already may have come before anybody asked. Throws InvalidManifestException that names the member.
 */
export function refuseDuplicateMembers(body: Uint8Array): void {
  const name = duplicateKey(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8"));
  if (name !== undefined) throw invalidManifest(`the member "${name.slice(0, 255)}" is named twice in one object`);
}

function mediaTypeOf(json: Json, declaredType: string | undefined): string {
  const own = json["mediaType"];
  if (own !== undefined && typeof own !== "string") throw invalidManifest("mediaType must be a string");
  if (own !== undefined && declaredType !== undefined && own !== declaredType) {
    throw invalidManifest(
      `the manifest's mediaType "${own.slice(0, 255)}" is not the media type it was sent as, "${declaredType.slice(0, 255)}"`,
    );
  }
  const mediaType = own ?? declaredType;
  if (mediaType === undefined) throw invalidManifest("the manifest has no mediaType, and none was given with it");
  return mediaType;
}

function refuseSecondKind(json: Json, kind: ManifestKind): void {
  const foreign = kind === "image" ? ["manifests"] : ["config", "layers"];
  for (const member of [...foreign, "fsLayers", "blobs"]) {
    if (Object.hasOwn(json, member)) throw invalidManifest(`an ${kind} manifest must not have the member "${member}"`);
  }
}

/** Go's JSON reads `Layers` as `layers`: what it would pull must not be other than what we check. */
function refuseLookalikes(json: Json): void {
  for (const name of Object.keys(json)) {
    const known = MEMBERS.get(name.toLowerCase());
    if (known !== undefined && known !== name)
      throw invalidManifest(`the member "${name}" is not "${known}", but many would read it as that`);
  }
}

function readArtifactType(json: Json): string | undefined {
  const artifactType = json["artifactType"];
  if (artifactType === undefined || artifactType === "") return undefined;
  if (typeof artifactType !== "string" || !isArtifactType(artifactType))
    throw invalidManifest("artifactType must be a string of at most 255 printable characters");
  return artifactType;
}

function readDescriptors(value: unknown, path: string): readonly Descriptor[] {
  if (!Array.isArray(value)) throw invalidManifest(`${path} must be a list`);
  if (value.length > MANIFEST_REFERENCES_MAX) {
    throw invalidManifest(`${path} has ${value.length} entries; at most ${MANIFEST_REFERENCES_MAX} are allowed`);
  }
  return value.map((item, index) => readDescriptor(item, `${path}[${index}]`));
}

function readDescriptor(value: unknown, path: string): Descriptor {
  const json = asObject(value);
  if (json === undefined) throw invalidManifest(`${path} must be a descriptor`);
  refuseLookalikes(json);
  const { mediaType, size } = json;
  const digest = typeof json["digest"] === "string" ? parseDigest(json["digest"]) : undefined;
  if (digest === undefined) throw invalidManifest(`${path}.digest must be a sha256 or sha512 digest`);
  if (typeof mediaType !== "string" || !MEDIA_TYPE.test(mediaType))
    throw invalidManifest(`${path}.mediaType must be a media type`);
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0)
    throw invalidManifest(`${path}.size must be a number of bytes`);
  return { mediaType, digest, size };
}

function readAnnotations(value: unknown, areListed: boolean): string | undefined {
  if (value === undefined || value === null) return undefined;
  const json = asObject(value);
  if (json === undefined || !Object.values(json).every((it) => typeof it === "string")) {
    throw invalidManifest("annotations must be a map of strings to strings");
  }
  if (!areListed) return undefined;
  const text = JSON.stringify(json);
  if (text.length > MANIFEST_ANNOTATIONS_BYTES_MAX) {
    throw invalidManifest(`annotations take ${text.length} bytes; at most ${MANIFEST_ANNOTATIONS_BYTES_MAX} are allowed`);
  }
  return text;
}

function asObject(value: unknown): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}
