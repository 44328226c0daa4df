import { APP, MISSING, NO_REPOSITORY, UPLOAD, type EcrCommand, type Given } from "./command.ts";

const NO_IMAGE = /ImageNotFoundException.*imageId \{imageDigest:'null', imageTag:'none'\} does not exist within the repository/;
const TAG = ["--image-id", "imageTag=v1"] as const;
const NO_TAG = ["--image-id", "imageTag=none"] as const;

/** Images that are pushed, listed and asked for. */
export function imageCommands({ digest, manifest }: Given): readonly EcrCommand[] {
  return [
    {
      operation: "PutImage",
      good: [...APP, "--image-manifest", `file://${manifest}`, "--image-tag", "v2"],
      answer: { image: { imageId: { imageDigest: digest, imageTag: "v2" } } },
      bad: [...APP, "--image-manifest", `file://${manifest}`, "--image-tag", "v1"],
      refusal: /ImageAlreadyExistsException.*Image with digest 'sha256:[0-9a-f]+' and tag 'v1' already exists in the repository/,
    },
    {
      operation: "BatchGetImage",
      good: [...APP, "--image-ids", "imageTag=v1", "imageTag=none"],
      answer: {
        images: [{ imageId: { imageTag: "v1", imageDigest: digest } }],
        failures: [{ imageId: { imageTag: "none" }, failureCode: "ImageNotFound", failureReason: "Requested image not found" }],
      },
      bad: [...MISSING, "--image-ids", "imageTag=v1"],
      refusal: NO_REPOSITORY,
    },
    {
      operation: "DescribeImages",
      good: [...APP, "--image-ids", "imageTag=v1"],
      answer: { imageDetails: [{ repositoryName: "cli/app", imageDigest: digest, imageTags: ["v1", "v2"] }] },
      bad: [...APP, "--image-ids", "imageTag=none"],
      refusal: NO_IMAGE,
    },
    {
      operation: "ListImages",
      good: [...APP, "--filter", "tagStatus=TAGGED"],
      answer: {
        imageIds: [
          { imageDigest: digest, imageTag: "v1" },
          { imageDigest: digest, imageTag: "v2" },
        ],
      },
      bad: MISSING,
      refusal: NO_REPOSITORY,
    },
    {
      operation: "ListImageReferrers",
      good: [...APP, "--subject-id", `imageDigest=${digest}`],
      answer: { referrers: [] },
      bad: [...MISSING, "--subject-id", `imageDigest=${digest}`],
      refusal: NO_REPOSITORY,
    },
    {
      operation: "UpdateImageStorageClass",
      good: [...APP, "--image-id", `imageDigest=${digest}`, "--target-storage-class", "ARCHIVE"],
      answer: { imageStatus: "ARCHIVED" },
      bad: [...APP, ...NO_TAG, "--target-storage-class", "ARCHIVE"],
      refusal: NO_IMAGE,
    },
  ];
}

/** Layers, in parts. */
export function layerCommands({ layer, layerDigest, layerSize }: Given): readonly EcrCommand[] {
  const range = ["--part-first-byte", "0", "--part-last-byte", String(layerSize - 1)];
  const part = [...range, "--layer-part-blob", `fileb://${layer}`];
  return [
    {
      operation: "BatchCheckLayerAvailability",
      good: [...APP, "--layer-digests", layerDigest],
      answer: { layers: [{ layerDigest, layerSize }], failures: [] },
      bad: [...MISSING, "--layer-digests", layerDigest],
      refusal: NO_REPOSITORY,
    },
    {
      operation: "GetDownloadUrlForLayer",
      good: ["--repository-name", "cli/other", "--layer-digest", layerDigest],
      answer: { layerDigest },
      bad: ["--repository-name", "cli/other", "--layer-digest", `sha256:${"0".repeat(64)}`],
      refusal: /LayersNotFoundException/,
    },
    {
      operation: "InitiateLayerUpload",
      good: ["--repository-name", "cli/new"],
      answer: { partSize: 10_485_760 },
      bad: MISSING,
      refusal: NO_REPOSITORY,
    },
    {
      operation: "UploadLayerPart",
      good: ["--repository-name", "cli/new", "--upload-id", "{uploadId}", ...part],
      answer: { lastByteReceived: layerSize - 1 },
      bad: [...APP, "--upload-id", UPLOAD, ...part],
      refusal: /UploadNotFoundException/,
    },
    {
      operation: "CompleteLayerUpload",
      good: ["--repository-name", "cli/new", "--upload-id", "{uploadId}", "--layer-digests", layerDigest],
      answer: { layerDigest },
      bad: [...APP, "--upload-id", UPLOAD, "--layer-digests", layerDigest],
      refusal: /UploadNotFoundException/,
    },
  ];
}

/** What works on an image that is there; then what takes images and repositories away. */
export function closingCommands({ digest }: Given): readonly EcrCommand[] {
  const other = ["--repository-name", "cli/other"];
  return [
    {
      operation: "DescribeImageReplicationStatus",
      good: [...other, ...TAG],
      answer: { repositoryName: "cli/other", replicationStatuses: [] },
      bad: [...other, ...NO_TAG],
      refusal: NO_IMAGE,
    },
    {
      operation: "DescribeImageSigningStatus",
      good: [...other, ...TAG],
      answer: { repositoryName: "cli/other", signingStatuses: [] },
      bad: [...other, ...NO_TAG],
      refusal: NO_IMAGE,
    },
    {
      operation: "StartImageScan",
      bad: [...other, ...TAG],
      refusal: /ValidationException.*This feature is disabled/,
    },
    {
      operation: "DescribeImageScanFindings",
      bad: [...other, ...TAG],
      refusal: /ScanNotFoundException.*Image scan does not exist for the image with/,
    },
    {
      operation: "BatchDeleteImage",
      good: [...other, "--image-ids", "imageTag=v1"],
      answer: { imageIds: [{ imageDigest: digest, imageTag: "v1" }], failures: [] },
      bad: [...MISSING, "--image-ids", "imageTag=v1"],
      refusal: NO_REPOSITORY,
    },
    {
      operation: "DeleteRepository",
      good: other,
      answer: { repository: { repositoryName: "cli/other" } },
      bad: APP,
      refusal: /RepositoryNotEmptyException.*cannot be deleted because it still contains images/,
    },
  ];
}
