import { LAYER_PARTS_MAX } from "../../../server/kernel/limits.ts";
import { query } from "../../../server/platform/metadata/query.ts";
import { testRegistry } from "../../../server/testing/call.ts";
import type { TestEcr } from "../../../server/testing/ecr.ts";
import { digestOf } from "../../../server/testing/image.ts";
import { IN_APP, type Refusal } from "./refusal.ts";

const PART = Buffer.from("some bytes");
const NO_UPLOAD = "00000000-0000-4000-8000-000000000000";
const DIGEST = digestOf(PART);
const OTHER_DIGEST = digestOf(Buffer.from("other bytes"));
const setParts = query<{ parts: number }>()((db, p) => db.updateTable("uploads").set({ parts: p.parts }));

/** Begins an upload and sends it these parts. */
async function upload(ecr: TestEcr, ...parts: readonly Buffer[]): Promise<{ uploadId: string }> {
  const { uploadId } = await ecr.call("InitiateLayerUpload", { repositoryName: "app" });
  let partFirstByte = 0;
  for (const part of parts) {
    const range = { partFirstByte, partLastByte: partFirstByte + part.length - 1 };
    await ecr.call("UploadLayerPart", { repositoryName: "app", uploadId, ...range, layerPartBlob: part.toString("base64") });
    partFirstByte += part.length;
  }
  return { uploadId };
}

async function uploadWhole(ecr: TestEcr): Promise<void> {
  await ecr.call("CompleteLayerUpload", { repositoryName: "app", ...(await upload(ecr, PART)), layerDigests: [DIGEST] });
}

const next = { partFirstByte: 0, partLastByte: PART.length - 1, layerPartBlob: PART.toString("base64") };

export const layerRefusals: readonly Refusal[] = [
  {
    operation: "UploadLayerPart",
    error: "InvalidLayerPartException",
    given: (ecr) => upload(ecr, PART),
    input: next,
    message: "The part starts at byte 0, but byte 10 comes next.",
  },
  {
    operation: "UploadLayerPart",
    error: "LimitExceededException",
    async given(ecr) {
      const begun = await upload(ecr);
      await ecr.metadata.write(testRegistry, (tx) => tx.run(setParts, { parts: LAYER_PARTS_MAX }));
      return begun;
    },
    input: next,
    message: "The upload already has the maximum allowed number of layer parts which is '4200'",
  },
  ...["UploadLayerPart", "CompleteLayerUpload"].map((operation) => ({
    operation,
    error: "UploadNotFoundException",
    input: { uploadId: NO_UPLOAD },
    message: `The upload with id '${NO_UPLOAD}' does not exist in ${IN_APP}`,
  })),
  {
    operation: "CompleteLayerUpload",
    error: "EmptyUploadException",
    given: (ecr) => upload(ecr),
    message: (sent) =>
      `The upload with id '${sent.uploadId}' in the repository with name 'app' in registry with id '000000000000' cannot be completed because it does not have any parts`,
  },
  {
    operation: "CompleteLayerUpload",
    error: "InvalidLayerException",
    given: (ecr) => upload(ecr, PART),
    input: { layerDigests: [OTHER_DIGEST] },
    message: "None of the provided layer digests match the calculated layer digest",
  },
  {
    operation: "CompleteLayerUpload",
    error: "LayerAlreadyExistsException",
    async given(ecr) {
      await uploadWhole(ecr);
      return upload(ecr, PART);
    },
    input: { layerDigests: [DIGEST] },
    message: `The layer with digest '${DIGEST}' already exists in ${IN_APP}`,
  },
  {
    operation: "CompleteLayerUpload",
    error: "LayerPartTooSmallException",
    given: (ecr) => upload(ecr, PART, PART),
    message: "All layer parts except the last part should be at least 5MB",
  },
  {
    operation: "GetDownloadUrlForLayer",
    error: "LayersNotFoundException",
    input: { layerDigest: DIGEST },
    message: `The layer with digest '${DIGEST}' does not exist within ${IN_APP}`,
  },
  {
    operation: "GetDownloadUrlForLayer",
    error: "LayerInaccessibleException",
    given: uploadWhole,
    input: { layerDigest: DIGEST },
    message:
      "The specified layer is not available because it is not associated with an image. Unassociated image layers may be cleaned up at any time.",
  },
];
