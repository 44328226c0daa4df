import assert from "node:assert/strict";
import { digestOf, type TestImage } from "./image.ts";
import type { OciServer, TestAnswer } from "./oci-server.ts";

/** The code of a refusal. */
export const codeOf = (answer: TestAnswer): string => answer.json().errors[0].code;

/** Pushes a blob in one request; its digest. */
export async function pushBlob(
  server: OciServer,
  repository: string,
  bytes: Buffer,
  algorithm: "sha256" | "sha512" = "sha256",
): Promise<string> {
  const digest = digestOf(bytes, algorithm);
  const answer = await server.send("POST", `/v2/${repository}/blobs/uploads/?digest=${digest}`, { body: bytes });
  assert.equal(answer.status, 201);
  return digest;
}

/** Pushes a manifest, whatever the answer is. */
export function pushManifest(server: OciServer, repository: string, reference: string, it: TestImage): Promise<TestAnswer> {
  const headers = { "content-type": it.mediaType };
  return server.send("PUT", `/v2/${repository}/manifests/${reference}`, { body: it.body, headers });
}

/** Pushes an image: its blobs, then its manifest. */
export async function pushImage(server: OciServer, repository: string, reference: string, it: TestImage): Promise<TestAnswer> {
  for (const bytes of it.blobs) await pushBlob(server, repository, bytes);
  const answer = await pushManifest(server, repository, reference, it);
  assert.equal(answer.status, 201, answer.body.toString());
  return answer;
}
