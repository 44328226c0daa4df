import { actions, type AwsManagedPolicy } from "./aws-managed-policy.ts";

const OWN_ACCOUNT = { StringEquals: { "aws:ResourceAccount": "${aws:PrincipalAccount}" } };

/** What the roles of ECR itself may do; no other role can have them. (AWS Managed Policy Reference Guide; iann0036/iam-dataset of 2026-08-22) */
export const ECR_ROLE_POLICIES: readonly AwsManagedPolicy[] = [
  {
    id: "ANPAZKAPJZG4NS3XDKIDR",
    name: "ECRReplicationServiceRolePolicy",
    path: "/aws-service-role/",
    description: "Allows access to AWS Services and Resources used or managed by ECR Replication",
    created: "2020-12-04T22:11:28Z",
    updated: "2020-12-04T22:11:28Z",
    version: "v1",
    statements: [{ Action: actions("ecr", "CreateRepository", "ReplicateImage") }],
  },
  {
    name: "ECRTemplateServiceRolePolicy",
    path: "/aws-service-role/",
    description: "Allows ECR to create repositories with a repository creation template",
    created: "2024-06-19T23:11:37Z",
    updated: "2024-06-19T23:11:37Z",
    version: "v1",
    statements: [{ Sid: "CreateRepositoryWithTemplate", Action: actions("ecr", "CreateRepository") }],
  },
  {
    id: "ANPAZKAPJZG4G6RNU4BVN",
    name: "AWSECRPullThroughCache_ServiceRolePolicy",
    path: "/aws-service-role/",
    description: "Allows access to AWS Services and Resources used or managed by AWS ECR Pull Through Cache",
    created: "2021-11-26T21:51:09Z",
    updated: "2026-05-12T18:12:08Z",
    version: "v4",
    statements: [
      {
        Sid: "ECR",
        Action: actions(
          "ecr",
          "GetAuthorizationToken",
          "BatchCheckLayerAvailability",
          "InitiateLayerUpload",
          "UploadLayerPart",
          "CompleteLayerUpload",
          "PutImage",
          "BatchGetImage",
          "BatchImportUpstreamImage",
          "GetDownloadUrlForLayer",
          "GetImageCopyStatus",
        ),
        Condition: OWN_ACCOUNT,
      },
      {
        Sid: "SecretsManager",
        Action: ["secretsmanager:GetSecretValue"],
        Resource: "arn:aws:secretsmanager:*:*:secret:ecr-pullthroughcache/*",
        Condition: OWN_ACCOUNT,
      },
    ],
  },
];
