import { APP, MISSING, NO_REPOSITORY, type EcrCommand, type Given } from "./command.ts";

const APP_ARN = "arn:aws:ecr:us-east-1:000000000000:repository/cli/app";

/** Login, repositories and their tags. */
export function repositoryCommands({ account }: Given): readonly EcrCommand[] {
  return [
    {
      operation: "GetAuthorizationToken",
      good: ["--registry-ids", account],
      answer: { authorizationData: [{}] },
      bad: ["--registry-ids", "12"],
      refusal: /InvalidParameterException.*registryId/,
    },
    {
      operation: "CreateRepository",
      good: ["--repository-name", "cli/new", "--tags", "Key=team,Value=a", "--image-scanning-configuration", "scanOnPush=true"],
      answer: {
        repository: {
          repositoryName: "cli/new",
          imageTagMutability: "MUTABLE",
          imageScanningConfiguration: { scanOnPush: true },
          encryptionConfiguration: { encryptionType: "AES256" },
        },
      },
      bad: APP,
      refusal: /RepositoryAlreadyExistsException.*The repository with name 'cli\/app' already exists in the registry with id/,
    },
    {
      operation: "DescribeRepositories",
      good: ["--repository-names", "cli/app", "cli/new"],
      answer: { repositories: [{ repositoryName: "cli/app" }, { repositoryName: "cli/new" }] },
      bad: ["--repository-names", "cli/missing"],
      refusal: NO_REPOSITORY,
    },
    {
      operation: "PutImageTagMutability",
      good: [
        "--repository-name",
        "cli/new",
        "--image-tag-mutability",
        "IMMUTABLE_WITH_EXCLUSION",
        "--image-tag-mutability-exclusion-filters",
        "filterType=WILDCARD,filter=dev*",
      ],
      answer: {
        imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters: [{ filterType: "WILDCARD", filter: "dev*" }],
      },
      bad: ["--repository-name", "cli/new", "--image-tag-mutability", "IMMUTABLE_WITH_EXCLUSION"],
      refusal: /InvalidParameterException.*ImageTagMutabilityExclusionFilters can't be null/,
    },
    {
      operation: "PutImageScanningConfiguration",
      good: ["--repository-name", "cli/new", "--image-scanning-configuration", "scanOnPush=false"],
      answer: { repositoryName: "cli/new", imageScanningConfiguration: { scanOnPush: false } },
      bad: [...MISSING, "--image-scanning-configuration", "scanOnPush=true"],
      refusal: NO_REPOSITORY,
    },
    {
      operation: "TagResource",
      good: ["--resource-arn", APP_ARN, "--tags", "Key=team,Value=a", "Key=cost,Value=1"],
      answer: {},
      bad: ["--resource-arn", "arn:aws:s3:::bucket", "--tags", "Key=team,Value=a"],
      refusal: /InvalidParameterException.*Invalid parameter at 'resourceArn' failed to satisfy constraint: 'Invalid ARN'/,
    },
    {
      operation: "UntagResource",
      good: ["--resource-arn", APP_ARN, "--tag-keys", "cost"],
      answer: {},
      bad: ["--resource-arn", `${APP_ARN}-missing`, "--tag-keys", "cost"],
      refusal: /RepositoryNotFoundException/,
    },
    {
      operation: "ListTagsForResource",
      good: ["--resource-arn", APP_ARN],
      answer: { tags: [{ Key: "team", Value: "a" }] },
      bad: ["--resource-arn", `${APP_ARN}-missing`],
      refusal: /RepositoryNotFoundException/,
    },
  ];
}
