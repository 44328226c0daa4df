import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { run } from "../programs.ts";

export const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
export const INDEX_TYPE = "application/vnd.oci.image.index.v1+json";
const CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";
const LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip";
const FILE_BYTES = 700_000;

/** The file that every image of these tests holds. */
export const FILE_NAME = "payload.bin";

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly architecture: string; readonly os: string };
}

/** An OCI image layout: a folder of blobs, which many clients read and write. */
export interface ImageLayout {
  readonly folder: string;
  /** What its index.json names: the image, or the index of images. */
  readonly root: Descriptor;
  /** The manifests of the images in it. */
  readonly images: readonly Image[];
}

export interface Image {
  readonly descriptor: Descriptor;
  readonly config: Descriptor;
  readonly layer: Descriptor;
  /** The bytes of the file in its only layer. */
  readonly file: Buffer;
}

/** A tar with one file of random bytes, which no compression shrinks. */
export async function makeRootfs(folder: string): Promise<{ tar: string; file: Buffer }> {
  await mkdir(join(folder, "root"), { recursive: true });
  const file = randomBytes(FILE_BYTES);
  await writeFile(join(folder, "root", FILE_NAME), file);
  const tar = join(folder, "rootfs.tar");
  await run("tar", ["-cf", tar, "-C", join(folder, "root"), FILE_NAME]);
  return { tar, file };
}

/** Writes a layout of one image for each architecture; of more than one, under an index. */
export async function makeLayout(folder: string, architectures: readonly string[]): Promise<ImageLayout> {
  await mkdir(join(folder, "blobs/sha256"), { recursive: true });
  const images: Image[] = [];
  for (const architecture of architectures) images.push(await makeImage(folder, architecture));
  const [first] = images;
  assert(first !== undefined);
  const manifests = images.map((it) => it.descriptor);
  const index = { schemaVersion: 2, mediaType: INDEX_TYPE, manifests };
  const root = images.length === 1 ? first.descriptor : await writeBlob(folder, INDEX_TYPE, JSON.stringify(index));
  await writeFile(join(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  const annotated = { ...root, annotations: { "org.opencontainers.image.ref.name": "v1" } };
  await writeFile(
    join(folder, "index.json"),
    JSON.stringify({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests: [annotated] }),
  );
  return { folder, root, images };
}

async function makeImage(folder: string, architecture: string): Promise<Image> {
  const scratch = join(folder, "..", `rootfs-${architecture}-${randomBytes(4).toString("hex")}`);
  const { tar, file } = await makeRootfs(scratch);
  const bytes = await readFile(tar);
  const layer = await writeBlob(folder, LAYER_TYPE, gzipSync(bytes));
  const platform = { architecture, os: "linux" };
  const rootfs = { type: "layers", diff_ids: [digestOf(bytes)] };
  const config = await writeBlob(
    folder,
    CONFIG_TYPE,
    JSON.stringify({ ...platform, config: { Cmd: ["/none"] }, rootfs, history: [] }),
  );
  const manifest = { schemaVersion: 2, mediaType: MANIFEST_TYPE, config, layers: [layer] };
  const descriptor = await writeBlob(folder, MANIFEST_TYPE, JSON.stringify(manifest));
  return { descriptor: { ...descriptor, platform }, config, layer, file };
}

async function writeBlob(folder: string, mediaType: string, content: string | Buffer): Promise<Descriptor> {
  const bytes = Buffer.from(content);
  const digest = digestOf(bytes);
  await writeFile(blobPath(folder, digest), bytes);
  return { mediaType, digest, size: bytes.length };
}

export function blobPath(folder: string, digest: string): string {
  return join(folder, "blobs", digest.replace(":", "/"));
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** Two layouts must hold the same blobs, byte for byte. */
export async function assertSameBlobs(pulled: string, pushed: string): Promise<void> {
  assert.deepEqual(await blobNames(pulled), await blobNames(pushed));
  await assertHasBlobs(pulled, pushed);
}

/** `pulled` must hold every blob of `pushed`, byte for byte. */
export async function assertHasBlobs(pulled: string, pushed: string): Promise<void> {
  for (const name of await blobNames(pushed)) {
    const path = join("blobs/sha256", name);
    assert((await readFile(join(pulled, path))).equals(await readFile(join(pushed, path))), `${name} differs`);
  }
}

async function blobNames(folder: string): Promise<string[]> {
  return (await readdir(join(folder, "blobs/sha256"))).toSorted();
}
