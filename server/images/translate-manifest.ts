import { createHash } from "node:crypto";

/** A manifest as a client gets it. */
export interface ServedManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly body: Uint8Array;
}

const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";

/** What Docker's schema 2 and OCI's image manifest call the same things. What is not here has no name in the other. */
const DOCKER_TO_OCI: Readonly<Record<string, string>> = {
  [DOCKER_MANIFEST]: OCI_MANIFEST,
  "application/vnd.docker.container.image.v1+json": "application/vnd.oci.image.config.v1+json",
  "application/vnd.docker.image.rootfs.diff.tar": "application/vnd.oci.image.layer.v1.tar",
  "application/vnd.docker.image.rootfs.diff.tar.gzip": "application/vnd.oci.image.layer.v1.tar+gzip",
  "application/vnd.docker.image.rootfs.foreign.diff.tar": "application/vnd.oci.image.layer.nondistributable.v1.tar",
  "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip": "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
};

const TO_OCI: ReadonlyMap<string, string> = new Map(Object.entries(DOCKER_TO_OCI));
const TO_DOCKER: ReadonlyMap<string, string> = new Map(Object.entries(DOCKER_TO_OCI).map(([docker, oci]) => [oci, docker]));

/**
 * The manifest in the one of Docker's schema 2 and OCI's image manifest that a client understands, when that is not the one
 * it is stored in. Comes back as it is when its own kind is accepted, or all are, or it has no equal in the other kind: an
 * index, an artifact, a referrer, a layer that only OCI knows.
 * ECR: only for pulls by tag, since the digest changes. (user guide, image manifest formats)
 */
export function translateManifest(stored: ServedManifest, accepted: readonly string[]): ServedManifest {
  if (accepted.length === 0) return stored;
  const names = stored.mediaType === OCI_MANIFEST ? TO_DOCKER : TO_OCI;
  const mediaType =
    stored.mediaType === OCI_MANIFEST || stored.mediaType === DOCKER_MANIFEST ? names.get(stored.mediaType) : undefined;
  if (mediaType === undefined || !accepted.includes(mediaType)) return stored;
  if ([stored.mediaType, "*/*", "application/*"].some((it) => accepted.includes(it))) return stored;
  const text = translate(stored.body, mediaType, names);
  if (text === undefined) return stored;
  const body = Buffer.from(text);
  return { digest: `sha256:${createHash("sha256").update(body).digest("hex")}`, mediaType, body };
}

/** The media types that an `Accept` header names; none without one, or when what is stored is seen to be among them. */
export function parseAccept(header: string | undefined, stored: string): readonly string[] {
  if (header === undefined || header.includes(stored) || header.includes("*/*")) return [];
  return header.split(",").map((it) => it.split(";", 1)[0]?.trim() ?? "");
}

interface Descriptor {
  readonly mediaType: string;
  readonly size: number;
  readonly digest: string;
  readonly urls?: unknown;
}

/** The same members in the same order each time: equal manifests have equal digests. Undefined where the other kind has no words. */
function translate(body: Uint8Array, mediaType: string, names: ReadonlyMap<string, string>): string | undefined {
  const { config, layers, artifactType, subject } = JSON.parse(Buffer.from(body).toString()) as {
    readonly config: Descriptor;
    readonly layers: readonly Descriptor[];
    readonly artifactType?: string;
    readonly subject?: unknown;
  };
  if (artifactType !== undefined || subject !== undefined) return undefined;
  const parts = [config, ...layers].map((it) => ({ ...it, mediaType: names.get(it.mediaType) }));
  if (parts.some((it) => it.mediaType === undefined)) return undefined;
  // Annotations are lost: schema 2 has none.
  const [translatedConfig, ...translatedLayers] = parts.map(({ mediaType: type, size, digest, urls }) => ({
    mediaType: type,
    size,
    digest,
    urls,
  }));
  return JSON.stringify({ schemaVersion: 2, mediaType, config: translatedConfig, layers: translatedLayers });
}
