import { MANIFEST_SIZE_BYTES_MAX, TAGS_PER_IMAGE_MAX } from "../../../server/kernel/limits.ts";
import { query } from "../../../server/platform/metadata/query.ts";
import { testRegistry } from "../../../server/testing/call.ts";
import { pushImage, type TestEcr } from "../../../server/testing/ecr.ts";
import { image, index, type TestImage } from "../../../server/testing/image.ts";
import { IN_APP, type Refusal } from "./refusal.ts";

const PUSHED = image();
const OTHER = image();
const LIST = index([PUSHED]);
const ARTIFACT = image({ extra: { artifactType: "application/vnd.example" } });
const manifestOf = (it: TestImage): object => ({ imageManifest: it.body.toString(), imageManifestMediaType: it.mediaType });
const push = async (ecr: TestEcr): Promise<void> => void (await pushImage(ecr, "app", PUSHED, "v1"));
const archive = query()((db) => db.updateTable("manifests").set({ status: "ARCHIVED" }));

/** Larger, taken together, than an answer may be. */
const LARGE = Array.from({ length: 5 }, (_, at) =>
  image({ extra: { annotations: { large: "a".repeat(MANIFEST_SIZE_BYTES_MAX - 5_000), at: String(at) } } }),
);

/** Of an image that is not there. */
const missing = [
  "DescribeImageReplicationStatus",
  "DescribeImageScanFindings",
  "DescribeImageSigningStatus",
  "StartImageScan",
  "UpdateImageStorageClass",
];
const MISSING = `The image with imageId {imageDigest:'null', imageTag:'none'} does not exist within ${IN_APP}`;

export const imageRefusals: readonly Refusal[] = [
  {
    operation: "PutImage",
    error: "ImageAlreadyExistsException",
    given: push,
    input: { ...manifestOf(PUSHED), imageTag: "v1" },
    message: `Image with digest '${PUSHED.digest}' and tag 'v1' already exists in the repository with name 'app' in registry with id '000000000000'`,
  },
  {
    operation: "PutImage",
    error: "ImageDigestDoesNotMatchException",
    input: { ...manifestOf(PUSHED), imageDigest: OTHER.digest },
    message: `The image with digest '${OTHER.digest}' in repository 'app' and registry ID '000000000000' does not match the image digest that Amazon ECR has calculated.`,
  },
  {
    operation: "PutImage",
    error: "ImageTagAlreadyExistsException",
    async given(ecr) {
      await push(ecr);
      await pushImage(ecr, "app", OTHER);
      await ecr.call("PutImageTagMutability", { repositoryName: "app", imageTagMutability: "IMMUTABLE" });
    },
    input: { ...manifestOf(OTHER), imageTag: "v1" },
    message: "The image tag 'v1' already exists in the 'app' repository and cannot be overwritten because the tag is immutable.",
  },
  {
    operation: "PutImage",
    error: "LayersNotFoundException",
    input: manifestOf(
      image({ layers: 0, extra: { config: { mediaType: "application/vnd.oci.empty.v1+json", digest: PUSHED.digest, size: 2 } } }),
    ),
    message: `Layers with digests '[${PUSHED.digest}]' required for pushing image into repository with name 'app' in the registry with id '000000000000' do not exist`,
  },
  {
    operation: "PutImage",
    error: "ReferencedImagesNotFoundException",
    input: manifestOf(LIST),
    message: `Images with digests '[${PUSHED.digest}]' required for pushing image into repository with name 'app' in the registry with id '000000000000' do not exist`,
  },
  {
    operation: "PutImage",
    error: "LimitExceededException",
    async given(ecr) {
      await push(ecr);
      for (let at = 1; at < TAGS_PER_IMAGE_MAX; at++)
        await ecr.call("PutImage", { repositoryName: "app", ...manifestOf(PUSHED), imageTag: `t${at}` });
    },
    input: { ...manifestOf(PUSHED), imageTag: "more" },
    message:
      "Adding tag 'more' to an image in the repository with name 'app' in registry with id '000000000000' exceeds the maximum allowed number of tags per image which is '1000'",
  },
  {
    operation: "BatchGetImage",
    error: "LimitExceededException",
    async given(ecr) {
      for (const it of LARGE) await pushImage(ecr, "app", it);
      return { imageIds: LARGE.map((it) => ({ imageDigest: it.digest })) };
    },
    message: "The manifests of these images take more than the 16777216 bytes that one answer may have. Ask for fewer at a time.",
  },
  {
    operation: "DescribeImages",
    error: "ImageNotFoundException",
    input: { imageIds: [{ imageTag: "none" }] },
    message: MISSING,
  },
  ...missing.map((operation) => ({
    operation,
    error: "ImageNotFoundException",
    input: { imageId: { imageTag: "none" } },
    message: MISSING,
  })),
  {
    operation: "UpdateImageStorageClass",
    error: "ImageStorageClassUpdateNotSupportedException",
    async given(ecr) {
      await push(ecr);
      await pushImage(ecr, "app", LIST);
    },
    input: { imageId: { imageTag: "v1" }, targetStorageClass: "ARCHIVE" },
    message: `The image '${PUSHED.digest}' is referenced by manifest list '${LIST.digest}'. Archive that.`,
  },
  {
    operation: "StartImageScan",
    error: "ImageArchivedException",
    async given(ecr) {
      await push(ecr);
      await ecr.metadata.write(testRegistry, (tx) => tx.run(archive, {}));
    },
    input: { imageId: { imageTag: "v1" } },
    message: "The specified image is archived and cannot be scanned.",
  },
  {
    operation: "StartImageScan",
    error: "UnsupportedImageTypeException",
    given: async (ecr) => void (await pushImage(ecr, "app", ARTIFACT, "v1")),
    input: { imageId: { imageTag: "v1" } },
    message:
      "An artifact with media type 'application/vnd.example' cannot be scanned. For more information, see the Amazon ECR documentation.",
  },
  {
    operation: "StartImageScan",
    error: "ValidationException",
    given: push,
    input: { imageId: { imageTag: "v1" } },
    message: "This feature is disabled: this server has no image scanner yet.",
  },
  {
    operation: "DescribeImageScanFindings",
    error: "ScanNotFoundException",
    given: push,
    input: { imageId: { imageTag: "v1" } },
    message: `Image scan does not exist for the image with '{imageDigest:'null', imageTag:'v1'}' in ${IN_APP}`,
  },
];
