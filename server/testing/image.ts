import { createHash, randomBytes } from "node:crypto";
import type { Digest, DigestAlgorithm } from "../kernel/names.ts";
import type { Writer } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";
import type { LayerRow } from "../platform/metadata/schema.ts";

/** A manifest and the bytes of all that it needs, made for a test. */
export interface TestImage {
  readonly body: Buffer;
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  /** Config and layers. */
  readonly blobs: readonly Buffer[];
}

export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";

export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = "sha256"): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}` as Digest;
}

/** A descriptor of bytes. */
function describe(bytes: Uint8Array, mediaType: string): { mediaType: string; digest: Digest; size: number } {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

/** An image with random layers. `extra` are members of the manifest beside the usual ones. */
export function image(options: { layers?: number; extra?: object } = {}): TestImage {
  const config = Buffer.from(JSON.stringify({ architecture: "amd64", os: "linux", nonce: randomBytes(8).toString("hex") }));
  const layers = Array.from({ length: options.layers ?? 1 }, () => randomBytes(64));
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: describe(config, "application/vnd.oci.image.config.v1+json"),
    layers: layers.map((it) => describe(it, "application/vnd.oci.image.layer.v1.tar+gzip")),
    ...options.extra,
  };
  return finish(manifest, [config, ...layers]);
}

/** An index of images. */
export function index(children: readonly TestImage[], extra: object = {}): TestImage {
  const manifests = children.map(({ mediaType, digest, size }) => ({ mediaType, digest, size }));
  const manifest = { schemaVersion: 2, mediaType: OCI_INDEX, manifests, ...extra };
  return finish(manifest, []);
}

function finish(manifest: { readonly mediaType: string }, blobs: readonly Buffer[]): TestImage {
  const body = Buffer.from(JSON.stringify(manifest));
  return { body, mediaType: manifest.mediaType, digest: digestOf(body), size: body.length, blobs };
}

const insertLayer = query<Omit<LayerRow, "damaged">>()((db, p) =>
  db
    .insertInto("layers")
    .values({
      repository_id: p.repository_id,
      digest: p.digest,
      size: p.size,
      created_ms: p.created_ms,
      leased_until_ms: p.leased_until_ms,
      damaged: 0,
    })
    .onConflict((conflict) => conflict.doNothing()),
);

/** Writes the rows that uploading an image's blobs would have written. */
export async function addLayers(tx: Writer, repository: number, of: TestImage): Promise<void> {
  for (const bytes of of.blobs) {
    await tx.run(insertLayer, {
      repository_id: repository,
      digest: digestOf(bytes),
      size: bytes.length,
      created_ms: 0,
      leased_until_ms: 0,
    });
  }
}
