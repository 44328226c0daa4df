import type { EcrCommand, Given } from "./command.ts";

const PEER = "234567890123.dkr.ecr.us-east-1.amazonaws.com";
const ROLE = "arn:aws:iam::000000000000:role/robot";

/** Settings of the registry. */
export function registryCommands({ account }: Given): readonly EcrCommand[] {
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
