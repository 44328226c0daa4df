import { createHash, randomBytes } from "node:crypto";
import type { Peer } from "../peers/peer.ts";
import { makeContent } from "./content.ts";
import { pushLayer } from "./transfer.ts";
import { type Connection, exchange, openConnection } from "./connection.ts";
import { prepare } from "./requests.ts";

const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
const CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";
const LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar";
const LAYER_BYTES = 4_000;

/** A config and a layer that a repository has, for manifests to be made of. */
export interface SmallImage {
  readonly repository: string;
  /** A manifest that no other number has. */
  manifest(number: number): Manifest;
}

export interface Manifest {
  readonly body: Buffer;
  readonly digest: string;
}

/** Creates a repository and pushes a config and a layer of 4 kB to it. */
export async function pushSmallImage(peer: Peer, repository: string): Promise<SmallImage> {
  await peer.createRepository(repository);
  const layer = makeContent(LAYER_BYTES);
  await pushLayer(peer, repository, layer);
  const config = Buffer.from(
    JSON.stringify({ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [layer.digest] } }),
  );
  await pushBytes(peer, repository, config);
  return {
    repository,
    manifest(number) {
      const body = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: MANIFEST_TYPE,
          config: { mediaType: CONFIG_TYPE, digest: digestOf(config), size: config.length },
          layers: [{ mediaType: LAYER_TYPE, digest: layer.digest, size: layer.size }],
          annotations: { number: String(number) },
        }),
      );
      return { body, digest: digestOf(body) };
    },
  };
}

/** Pushes a blob that is at hand. Returns its digest. */
export async function pushBytes(peer: Peer, repository: string, bytes: Buffer): Promise<string> {
  const digest = digestOf(bytes);
  await pushLayer(peer, repository, { size: bytes.length, digest, pieces: () => pieceOf(bytes), matches: () => true });
  return digest;
}

function* pieceOf(bytes: Buffer): Generator<Buffer> {
  yield bytes;
}

/** The request that pushes a manifest under a tag. */
export function manifestPush(peer: Peer, repository: string, tag: string, manifest: Manifest): Buffer {
  return prepare("PUT", `/v2/${repository}/manifests/${tag}`, `${peer.headers}Content-Type: ${MANIFEST_TYPE}\r\n`, manifest.body);
}

/** The request that asks for a manifest. */
export function manifestRequest(peer: Peer, method: "GET" | "HEAD", repository: string, reference: string): Buffer {
  return prepare(method, `/v2/${repository}/manifests/${reference}`, `${peer.headers}Accept: ${MANIFEST_TYPE}\r\n`);
}

export async function pushManifest(peer: Peer, repository: string, tag: string, manifest: Manifest): Promise<void> {
  const connection: Connection = await openConnection(peer.port);
  try {
    const { head, body } = await exchange(connection, manifestPush(peer, repository, tag, manifest));
    if (head.status !== 201) throw new Error(`The manifest was answered ${head.status}: ${body.toString()}`);
  } finally {
    connection.close();
  }
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** Bytes that are different each time. */
export function freshBytes(size: number): Buffer {
  return randomBytes(size);
}
