import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { digestOf, MANIFEST_TYPE } from "../clients/image-layout.ts";
import type { RunningLongshore } from "../longshore.ts";

const CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";
const LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar";

/** An image with one layer, at hand, to be pushed and to be compared with. */
export interface TestImage {
  readonly config: Buffer;
  readonly layer: Buffer;
  readonly manifest: Buffer;
  readonly digest: string;
}

/** An image that was never there before; its layer has `layer_bytes` random bytes. */
export function makeImage(layer_bytes: number): TestImage {
  const layer = randomBytes(layer_bytes);
  const config = Buffer.from(
    JSON.stringify({ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [digestOf(layer)] } }),
  );
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: { mediaType: CONFIG_TYPE, digest: digestOf(config), size: config.length },
      layers: [{ mediaType: LAYER_TYPE, digest: digestOf(layer), size: layer.length }],
    }),
  );
  return { config, layer, manifest, digest: digestOf(manifest) };
}

/** The OCI protocol, one request a call. Requests fail when the server goes away, and are never repeated. */
export interface OciClient {
  send(method: string, path: string, body?: Uint8Array<ArrayBuffer>, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** POST, PATCH and PUT. Throws when one of them is not answered as it should be. */
  pushBlob(repository: string, bytes: Buffer): Promise<void>;
  /** Returns the answer to the PUT. */
  pushManifest(repository: string, reference: string, manifest: Buffer): Promise<Answer>;
  /** Config, layer, manifest. Throws when something is not answered 201. */
  pushImage(repository: string, tag: string, image: TestImage): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

export async function ociClient(server: RunningLongshore): Promise<OciClient> {
  const authorization = `Basic ${Buffer.from(`AWS:${await server.password()}`).toString("base64")}`;
  const send: OciClient["send"] = async (method, path, body, headers) => {
    const request = { method, headers: { authorization, ...headers }, ...(body === undefined ? {} : { body }) };
    const response = await fetch(new URL(path, `http://127.0.0.1:${server.port}`), request);
    return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
  };
  const pushBlob: OciClient["pushBlob"] = async (repository, bytes) => {
    const begun = expectStatus(await send("POST", `/v2/${repository}/blobs/uploads/`), 202);
    const type = { "content-type": "application/octet-stream" };
    const sent = expectStatus(await send("PATCH", locationOf(begun), new Uint8Array(bytes), type), 202);
    expectStatus(await send("PUT", withDigest(locationOf(sent), digestOf(bytes))), 201);
  };
  const pushManifest: OciClient["pushManifest"] = (repository, reference, manifest) =>
    send("PUT", `/v2/${repository}/manifests/${reference}`, new Uint8Array(manifest), { "content-type": MANIFEST_TYPE });
  return {
    send,
    pushBlob,
    pushManifest,
    async pushImage(repository, tag, image) {
      await pushBlob(repository, image.config);
      await pushBlob(repository, image.layer);
      expectStatus(await pushManifest(repository, tag, image.manifest), 201);
    },
  };
}

/** The path of an upload as the server named it in its last answer. */
export function locationOf(answer: Answer): string {
  const location = new URL(answer.headers.get("location") ?? "", "http://localhost");
  return location.pathname + location.search;
}

export function withDigest(location: string, digest: string): string {
  return `${location}${location.includes("?") ? "&" : "?"}digest=${encodeURIComponent(digest)}`;
}

export function expectStatus(answer: Answer, status: number): Answer {
  assert.equal(answer.status, status, answer.body.toString().slice(0, 500));
  return answer;
}

/** A reference must lead to the image, every byte of it. */
export async function assertWhole(client: OciClient, repository: string, reference: string, image: TestImage): Promise<void> {
  const manifest = expectStatus(
    await client.send("GET", `/v2/${repository}/manifests/${reference}`, undefined, { accept: MANIFEST_TYPE }),
    200,
  );
  assert(manifest.body.equals(image.manifest), `the manifest of ${reference} differs`);
  for (const blob of [image.config, image.layer]) await assertBlobWhole(client, repository, blob);
}

export async function assertBlobWhole(client: OciClient, repository: string, blob: Buffer): Promise<void> {
  const answer = expectStatus(await client.send("GET", `/v2/${repository}/blobs/${digestOf(blob)}`), 200);
  assert(answer.body.equals(blob), `the bytes of ${digestOf(blob)} differ`);
}

/** A reference may lead nowhere, or to the whole image, and nowhere else. Returns whether it is there. */
export async function assertWholeOrAbsent(
  client: OciClient,
  repository: string,
  reference: string,
  image: TestImage,
): Promise<boolean> {
  const head = await client.send("HEAD", `/v2/${repository}/manifests/${reference}`, undefined, { accept: MANIFEST_TYPE });
  if (head.status !== 404) await assertWhole(client, repository, reference, image);
  for (const blob of [image.config, image.layer]) {
    const there = await client.send("HEAD", `/v2/${repository}/blobs/${digestOf(blob)}`);
    if (there.status !== 404) await assertBlobWhole(client, repository, blob);
  }
  return head.status !== 404;
}
