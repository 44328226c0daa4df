/** The manifests that we store, and which of the two kinds each is. */
export type ManifestKind = "image" | "index";

const KINDS: Readonly<Record<string, ManifestKind>> = {
  "application/vnd.oci.image.manifest.v1+json": "image",
  "application/vnd.oci.image.index.v1+json": "index",
  "application/vnd.docker.distribution.manifest.v2+json": "image",
  "application/vnd.docker.distribution.manifest.list.v2+json": "index",
};

export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";

/** The kind of manifest that a media type names, or undefined when it names none that we store. */
export function manifestKind(mediaType: string): ManifestKind | undefined {
  return Object.hasOwn(KINDS, mediaType) ? KINDS[mediaType] : undefined;
}

/** Layers whose bytes may live elsewhere, so a registry need not have them. (OCI image-spec, non-distributable layers) */
export function isNonDistributable(mediaType: string): boolean {
  return (
    mediaType.startsWith("application/vnd.oci.image.layer.nondistributable.v1.tar") ||
    mediaType.startsWith("application/vnd.docker.image.rootfs.foreign.diff.tar")
  );
}

/** The configs of what a container runtime can run; every other one is some other kind of artifact. */
const CONTAINER_CONFIGS = ["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"];

/** Whether a manifest is that of a container image, by its media type and by what kind of artifact it is. */
export function isContainerImage(mediaType: string, artifactType: string | null): boolean {
  return manifestKind(mediaType) === "image" && artifactType !== null && CONTAINER_CONFIGS.includes(artifactType);
}

const UNPRINTABLE = /[\p{Cc}\p{Cs}]/u;

/** Whether a text may be what kind of artifact a manifest is: no control characters, which a database may not be able to keep. */
export function isArtifactType(text: string): boolean {
  return text.length <= 255 && !UNPRINTABLE.test(text);
}
