import { actions, type AwsManagedPolicy } from "./aws-managed-policy.ts";

const BEARER_TOKEN = "sts:GetServiceBearerToken";
const TOKEN = [...actions("ecr-public", "GetAuthorizationToken"), BEARER_TOKEN];
const READ = actions(
  "ecr-public",
  "BatchCheckLayerAvailability",
  "GetRepositoryPolicy",
  "DescribeRepositories",
  "DescribeRegistries",
  "DescribeImages",
  "DescribeImageTags",
  "GetRepositoryCatalogData",
  "GetRegistryCatalogData",
);
const PUSH = actions("ecr-public", "InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload", "PutImage");

/** AWS's policies for users of ECR Public. (AWS Managed Policy Reference Guide; iann0036/iam-dataset of 2026-08-22) */
export const ECR_PUBLIC_POLICIES: readonly AwsManagedPolicy[] = [
  {
    id: "ANPAZKAPJZG4F2SFMTI3G",
    name: "AmazonElasticContainerRegistryPublicFullAccess",
    path: "/",
    description: "Provides administrative access to Amazon ECR Public resources",
    created: "2020-12-01T17:25:52Z",
    updated: "2020-12-01T17:25:52Z",
    version: "v1",
    statements: [{ Action: ["ecr-public:*", BEARER_TOKEN] }],
  },
  {
    id: "ANPAZKAPJZG4P6F7N3OP7",
    name: "AmazonElasticContainerRegistryPublicPowerUser",
    path: "/",
    description:
      "Provides full access to Amazon ECR Public repositories, but does not allow repository deletion or policy changes.",
    created: "2020-12-01T16:16:54Z",
    updated: "2020-12-01T16:16:54Z",
    version: "v1",
    statements: [{ Action: [...TOKEN, ...READ, ...PUSH] }],
  },
  {
    id: "ANPAZKAPJZG4AD7UYLF25",
    name: "AmazonElasticContainerRegistryPublicReadOnly",
    path: "/",
    description: "Provides read-only access to Amazon ECR Public repositories.",
    created: "2020-12-01T17:27:04Z",
    updated: "2020-12-01T17:27:04Z",
    version: "v1",
    statements: [{ Action: [...TOKEN, ...READ] }],
  },
];
