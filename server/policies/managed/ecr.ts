import { actions, type AwsManagedPolicy } from "./aws-managed-policy.ts";

const READ = [
  "GetAuthorizationToken",
  "BatchCheckLayerAvailability",
  "GetDownloadUrlForLayer",
  "GetRepositoryPolicy",
  "DescribeRepositories",
  "ListImages",
  "DescribeImages",
  "BatchGetImage",
  "GetLifecyclePolicy",
  "GetLifecyclePolicyPreview",
  "ListTagsForResource",
  "DescribeImageScanFindings",
];
const PUSH = ["InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload", "PutImage"];

/** AWS's policies for users of ECR. (AWS Managed Policy Reference Guide; iann0036/iam-dataset of 2026-08-22) */
export const ECR_POLICIES: readonly AwsManagedPolicy[] = [
  {
    id: "ANPAIESRL7KD7IIVF6V4W",
    name: "AmazonEC2ContainerRegistryFullAccess",
    path: "/",
    description: "Provides administrative access to Amazon ECR resources",
    created: "2015-12-21T17:06:48Z",
    updated: "2020-12-05T00:04:19Z",
    version: "v3",
    statements: [
      { Action: ["ecr:*", "cloudtrail:LookupEvents"] },
      {
        Action: ["iam:CreateServiceLinkedRole"],
        Condition: { StringEquals: { "iam:AWSServiceName": ["replication.ecr.amazonaws.com"] } },
      },
    ],
  },
  {
    id: "ANPAJDNE5PIHROIBGGDDW",
    name: "AmazonEC2ContainerRegistryPowerUser",
    path: "/",
    description:
      "Provides full access to Amazon EC2 Container Registry repositories, but does not allow repository deletion or policy changes.",
    created: "2015-12-21T17:05:33Z",
    updated: "2019-12-10T20:48:08Z",
    version: "v3",
    statements: [{ Action: actions("ecr", ...READ, ...PUSH) }],
  },
  {
    id: "ANPAIFYZPA37OOHVIH7KQ",
    name: "AmazonEC2ContainerRegistryReadOnly",
    path: "/",
    description: "Provides read-only access to Amazon EC2 Container Registry repositories.",
    created: "2015-12-21T17:04:15Z",
    updated: "2019-12-10T20:56:32Z",
    version: "v3",
    statements: [{ Action: actions("ecr", ...READ) }],
  },
  {
    name: "AmazonEC2ContainerRegistryPullOnly",
    path: "/",
    description: "Provides access to pull images from Amazon Elastic Container Registry (Amazon ECR) repositories.",
    created: "2024-10-04T16:58:49Z",
    updated: "2024-10-04T16:58:49Z",
    version: "v1",
    statements: [
      { Action: actions("ecr", "GetAuthorizationToken", "BatchGetImage", "GetDownloadUrlForLayer", "BatchImportUpstreamImage") },
    ],
  },
];
