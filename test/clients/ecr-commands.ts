/** One command of `aws ecr`, with input that it takes and input that it refuses. */
export interface EcrCommand {
  /** The operation's name in ECR's API. */
  readonly operation: string;
  /** Absent where an engine that is not there would have to answer. */
  readonly good?: readonly string[];
  /** What its output must hold, among other things. */
  readonly answer?: object;
  readonly bad: readonly string[];
  /** What the CLI must print about the bad input. */
  readonly refusal: RegExp;
}

/** What stands in the registry before the first command: a repository `cli/app` that holds one image, tagged v1. */
export interface Given {
  readonly digest: string;
  readonly layerDigest: string;
  readonly layerSize: number;
  /** Paths of files. */
  readonly manifest: string;
  readonly layer: string;
  readonly repositoryPolicy: string;
  readonly registryPolicy: string;
  readonly lifecyclePolicy: string;
  readonly account: string;
}

const APP = ["--repository-name", "cli/app"] as const;
const MISSING = ["--repository-name", "cli/missing"] as const;
const NO_REPOSITORY =
  /RepositoryNotFoundException.*The repository with name 'cli\/missing' does not exist in the registry with id '000000000000'/;
const NO_IMAGE = /ImageNotFoundException.*imageId \{imageDigest:'null', imageTag:'none'\} does not exist within the repository/;
const UPLOAD = "00000000-0000-4000-8000-000000000000";
const TAG = ["--image-id", "imageTag=v1"] as const;
const NO_TAG = ["--image-id", "imageTag=none"] as const;
const APP_ARN = "arn:aws:ecr:us-east-1:000000000000:repository/cli/app";
const PEER = "234567890123.dkr.ecr.us-east-1.amazonaws.com";
const ROLE = "arn:aws:iam::000000000000:role/robot";
const PROFILE = "arn:aws:signer:us-east-1:000000000000:/signing-profiles/longshore";

/** Every operation of ECR's API as a command, in an order in which each finds what it needs. */
export function ecrCommands(given: Given): readonly EcrCommand[] {
  return [
    ...repositoryCommands(given),
    ...imageCommands(given),
    ...layerCommands(given),
    ...policyCommands(given),
    ...registryCommands(given),
    ...engineCommands(),
    ...closingCommands(given),
  ];
}

function repositoryCommands({ account }: Given): readonly EcrCommand[] {
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

function imageCommands({ digest, manifest }: Given): readonly EcrCommand[] {
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

function layerCommands({ layer, layerDigest, layerSize }: Given): readonly EcrCommand[] {
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

function policyCommands({ repositoryPolicy, registryPolicy, lifecyclePolicy }: Given): readonly EcrCommand[] {
  return [
    {
      operation: "SetRepositoryPolicy",
      good: [...APP, "--policy-text", `file://${repositoryPolicy}`],
      answer: { repositoryName: "cli/app" },
      bad: [...APP, "--policy-text", `file://${registryPolicy}`],
      refusal: /InvalidParameterException.*Invalid repository policy provided/,
    },
    {
      operation: "GetRepositoryPolicy",
      good: APP,
      answer: { repositoryName: "cli/app" },
      bad: ["--repository-name", "cli/new"],
      refusal: /RepositoryPolicyNotFoundException.*Repository policy does not exist for the repository with name 'cli\/new'/,
    },
    {
      operation: "DeleteRepositoryPolicy",
      good: APP,
      answer: { repositoryName: "cli/app" },
      bad: APP,
      refusal: /RepositoryPolicyNotFoundException/,
    },
    {
      operation: "PutRegistryPolicy",
      good: ["--policy-text", `file://${registryPolicy}`],
      answer: { registryId: "000000000000" },
      bad: ["--policy-text", "nonsense"],
      refusal: /InvalidParameterException.*Invalid registry policy provided/,
    },
    {
      operation: "GetRegistryPolicy",
      good: [],
      answer: { registryId: "000000000000" },
      bad: ["--region", "us-west-2"],
      refusal: /RegistryPolicyNotFoundException.*Registry policy does not exist in the registry with id '000000000000'/,
    },
    {
      operation: "DeleteRegistryPolicy",
      good: [],
      answer: { registryId: "000000000000" },
      bad: [],
      refusal: /RegistryPolicyNotFoundException/,
    },
    {
      operation: "PutLifecyclePolicy",
      good: ["--repository-name", "cli/new", "--lifecycle-policy-text", `file://${lifecyclePolicy}`],
      answer: { repositoryName: "cli/new" },
      bad: ["--repository-name", "cli/new", "--lifecycle-policy-text", `// a comment\n${" ".repeat(100)}{}`],
      refusal: /InvalidParameterException.*Lifecycle policy parsing failure/s,
    },
    {
      operation: "GetLifecyclePolicy",
      good: ["--repository-name", "cli/new"],
      answer: { repositoryName: "cli/new" },
      bad: APP,
      refusal: /LifecyclePolicyNotFoundException.*Lifecycle policy does not exist for the repository with name 'cli\/app'/,
    },
    {
      operation: "StartLifecyclePolicyPreview",
      good: ["--repository-name", "cli/new"],
      answer: { status: "IN_PROGRESS" },
      bad: APP,
      refusal: /LifecyclePolicyNotFoundException/,
    },
    {
      operation: "GetLifecyclePolicyPreview",
      good: ["--repository-name", "cli/new"],
      answer: { repositoryName: "cli/new" },
      bad: APP,
      refusal: /LifecyclePolicyPreviewNotFoundException/,
    },
    {
      operation: "DeleteLifecyclePolicy",
      good: ["--repository-name", "cli/new"],
      answer: { repositoryName: "cli/new" },
      bad: ["--repository-name", "cli/new"],
      refusal: /LifecyclePolicyNotFoundException/,
    },
  ];
}

function registryCommands({ account }: Given): readonly EcrCommand[] {
  const prefix = ["--prefix", "cli"];
  const rule = ["--ecr-repository-prefix", "peer"];
  return [
    {
      operation: "GetAccountSetting",
      good: ["--name", "REGISTRY_POLICY_SCOPE"],
      answer: { name: "REGISTRY_POLICY_SCOPE", value: "V2" },
      bad: ["--name", "NONSENSE"],
      refusal: /Exception.*NONSENSE|Exception.*name/,
    },
    {
      operation: "PutAccountSetting",
      good: ["--name", "BASIC_SCAN_TYPE_VERSION", "--value", "AWS_NATIVE"],
      answer: { name: "BASIC_SCAN_TYPE_VERSION", value: "AWS_NATIVE" },
      bad: ["--name", "BASIC_SCAN_TYPE_VERSION", "--value", "NONSENSE"],
      refusal: /Exception/,
    },
    {
      operation: "RegisterPullTimeUpdateExclusion",
      good: ["--principal-arn", ROLE],
      answer: { principalArn: ROLE },
      bad: ["--principal-arn", ROLE],
      refusal: /ExclusionAlreadyExistsException/,
    },
    {
      operation: "ListPullTimeUpdateExclusions",
      good: [],
      answer: { pullTimeUpdateExclusions: [ROLE] },
      bad: ["--next-token", "nonsense"],
      refusal: /InvalidParameterException|ValidationException/,
    },
    {
      operation: "DeregisterPullTimeUpdateExclusion",
      good: ["--principal-arn", ROLE],
      answer: { principalArn: ROLE },
      bad: ["--principal-arn", ROLE],
      refusal: /ExclusionNotFoundException/,
    },
    {
      operation: "CreateRepositoryCreationTemplate",
      good: [...prefix, "--applied-for", "PULL_THROUGH_CACHE", "--description", "mine"],
      answer: { repositoryCreationTemplate: { prefix: "cli", description: "mine", imageTagMutability: "MUTABLE" } },
      bad: [...prefix, "--applied-for", "REPLICATION"],
      refusal: /TemplateAlreadyExistsException/,
    },
    {
      operation: "UpdateRepositoryCreationTemplate",
      good: [...prefix, "--image-tag-mutability", "IMMUTABLE"],
      answer: { repositoryCreationTemplate: { prefix: "cli", imageTagMutability: "IMMUTABLE" } },
      bad: ["--prefix", "none", "--image-tag-mutability", "IMMUTABLE"],
      refusal: /TemplateNotFoundException/,
    },
    {
      operation: "DescribeRepositoryCreationTemplates",
      good: ["--prefixes", "cli"],
      answer: { repositoryCreationTemplates: [{ prefix: "cli", description: "mine" }] },
      bad: ["--prefixes", "-"],
      refusal: /InvalidParameterException|ValidationException/,
    },
    {
      operation: "DeleteRepositoryCreationTemplate",
      good: prefix,
      answer: { repositoryCreationTemplate: { prefix: "cli" } },
      bad: prefix,
      refusal: /TemplateNotFoundException/,
    },
    {
      operation: "PutReplicationConfiguration",
      good: [
        "--replication-configuration",
        JSON.stringify({ rules: [{ destinations: [{ region: "eu-west-1", registryId: account }] }] }),
      ],
      answer: { replicationConfiguration: { rules: [{ destinations: [{ region: "eu-west-1", registryId: account }] }] } },
      bad: [
        "--replication-configuration",
        JSON.stringify({ rules: [{ destinations: [{ region: "us-east-1", registryId: account }] }] }),
      ],
      refusal: /Exception.*Replication destination cannot be the same as the source registry/,
    },
    {
      operation: "DescribeRegistry",
      good: [],
      answer: { registryId: account, replicationConfiguration: { rules: [{}] } },
      bad: ["--registry", "1"],
      refusal: /Unknown options/,
    },
    {
      operation: "CreatePullThroughCacheRule",
      good: [...rule, "--upstream-registry-url", PEER],
      answer: { ecrRepositoryPrefix: "peer", upstreamRegistryUrl: PEER },
      bad: ["--ecr-repository-prefix", "docker-hub", "--upstream-registry-url", "registry-1.docker.io"],
      refusal: /UnsupportedUpstreamRegistryException.*The specified upstream registry requires authentication/,
    },
    {
      operation: "DescribePullThroughCacheRules",
      good: ["--ecr-repository-prefixes", "peer"],
      answer: { pullThroughCacheRules: [{ ecrRepositoryPrefix: "peer" }] },
      bad: ["--ecr-repository-prefixes", "none"],
      refusal: /PullThroughCacheRuleNotFoundException/,
    },
    {
      operation: "UpdatePullThroughCacheRule",
      good: [...rule, "--custom-role-arn", ROLE],
      answer: { ecrRepositoryPrefix: "peer", customRoleArn: ROLE },
      bad: ["--ecr-repository-prefix", "none", "--custom-role-arn", ROLE],
      refusal: /PullThroughCacheRuleNotFoundException/,
    },
    {
      operation: "ValidatePullThroughCacheRule",
      good: rule,
      answer: { ecrRepositoryPrefix: "peer", isValid: false },
      bad: ["--ecr-repository-prefix", "none"],
      refusal: /PullThroughCacheRuleNotFoundException/,
    },
    {
      operation: "DeletePullThroughCacheRule",
      good: rule,
      answer: { ecrRepositoryPrefix: "peer" },
      bad: rule,
      refusal: /PullThroughCacheRuleNotFoundException/,
    },
  ];
}

function engineCommands(): readonly EcrCommand[] {
  const destination = "region=eu-west-1,registryId=000000000000";
  const everything = [{ scanFrequency: "SCAN_ON_PUSH", repositoryFilters: [{ filter: "cli", filterType: "WILDCARD" }] }];
  return [
    {
      operation: "PutRegistryScanningConfiguration",
      good: ["--scan-type", "BASIC", "--rules", JSON.stringify(everything)],
      answer: { registryScanningConfiguration: { scanType: "BASIC", rules: everything } },
      bad: ["--scan-type", "BASIC", "--rules", JSON.stringify([{ ...everything[0], scanFrequency: "CONTINUOUS_SCAN" }])],
      refusal: /Exception/,
    },
    {
      operation: "GetRegistryScanningConfiguration",
      good: [],
      answer: { registryId: "000000000000", scanningConfiguration: { scanType: "BASIC", rules: everything } },
      bad: ["--nonsense", "1"],
      refusal: /Unknown options/,
    },
    {
      operation: "BatchGetRepositoryScanningConfiguration",
      good: ["--repository-names", "cli/new", "cli/missing"],
      answer: {
        scanningConfigurations: [{ repositoryName: "cli/new", scanFrequency: "SCAN_ON_PUSH", scanOnPush: true }],
        failures: [{ repositoryName: "cli/missing", failureCode: "REPOSITORY_NOT_FOUND" }],
      },
      bad: ["--repository-names", "UPPER"],
      refusal: /InvalidParameterException.*repositoryName/,
    },
    {
      operation: "PutSigningConfiguration",
      good: ["--signing-configuration", JSON.stringify({ rules: [{ signingProfileArn: PROFILE }] })],
      answer: { signingConfiguration: { rules: [{ signingProfileArn: PROFILE }] } },
      bad: ["--signing-configuration", JSON.stringify({ rules: [{ signingProfileArn: "nonsense" }] })],
      refusal: /Exception.*signingProfileArn/,
    },
    {
      operation: "GetSigningConfiguration",
      good: [],
      answer: { registryId: "000000000000", signingConfiguration: { rules: [{ signingProfileArn: PROFILE }] } },
      bad: ["--region", "us-west-2"],
      refusal: /SigningConfigurationNotFoundException/,
    },
    {
      operation: "DeleteSigningConfiguration",
      good: [],
      answer: { registryId: "000000000000" },
      bad: [],
      refusal: /SigningConfigurationNotFoundException/,
    },
    {
      operation: "ListReplicationBackfills",
      good: [],
      answer: { backfills: [] },
      bad: ["--max-results", "51"],
      refusal: /InvalidParameterException.*maxResults/,
    },
    { operation: "StartReplicationBackfill", bad: ["--destination", destination], refusal: /ValidationException/ },
    {
      operation: "StopReplicationBackfill",
      bad: ["--replication-backfill-id", UPLOAD],
      refusal: /ReplicationBackfillNotFoundException/,
    },
    {
      operation: "DescribeReplicationBackfillResults",
      bad: ["--replication-backfill-id", UPLOAD],
      refusal: /ReplicationBackfillNotFoundException/,
    },
  ];
}

/** What works on an image that is there; then what takes images and repositories away. */
function closingCommands({ digest }: Given): readonly EcrCommand[] {
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
