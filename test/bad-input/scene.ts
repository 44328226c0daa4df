import assert from "node:assert/strict";
import type { EcrServer } from "../../server/testing/ecr-server.ts";
import { sampleInput } from "./samples.ts";

/** What makes something that others find. Layers are uploaded before the image that needs them. */
const MAKES = /^(Create|Put|Set|Register|TagResource)/;

/** Brings about what the samples name: a repository with an image, and each setting and document that there can be. */
export async function furnish(server: EcrServer): Promise<void> {
  const post = async (name: string, more: object = {}): Promise<{ readonly uploadId: string }> => {
    const operation = server.operations.find((it) => it.name === name);
    assert.ok(operation !== undefined, `there is no operation ${name}`);
    const answer = await server.post(name, JSON.stringify({ ...sampleInput(operation, "required"), ...more }));
    assert.equal(answer.status, 200, `${name}: ${answer.text}`);
    return JSON.parse(answer.text);
  };
  await post("CreateRepository");
  const { uploadId } = await post("InitiateLayerUpload");
  await post("UploadLayerPart", { uploadId });
  await post("CompleteLayerUpload", { uploadId });
  await post("PutImage", { imageTag: "v1" });
  const made = new Set(["CreateRepository", "PutImage"]);
  for (const { name } of server.operations) if (MAKES.test(name) && !made.has(name)) await post(name);
}
