import type { TestEcr } from "../../../server/testing/ecr.ts";
import type { Refusal } from "./refusal.ts";

const createRule = (ecr: TestEcr, ecrRepositoryPrefix: string): Promise<unknown> =>
  ecr.call("CreatePullThroughCacheRule", { ecrRepositoryPrefix, upstreamRegistryUrl: "quay.io" });
const secretArn = (region: string): string =>
  `arn:aws:secretsmanager:${region}:000000000000:secret:ecr-pullthroughcache/docker-abcdef`;
const createDockerRule = async (ecr: TestEcr): Promise<void> => {
  const upstream = { upstreamRegistryUrl: "registry-1.docker.io", credentialArn: secretArn("us-east-1") };
  await ecr.call("CreatePullThroughCacheRule", { ecrRepositoryPrefix: "quay", ...upstream });
};
const NO_RULE = "The pull through cache rule with prefix 'quay' does not exist in the registry with id '000000000000'";
const SECRET_NOT_FOUND =
  "The ARN of the secret specified in the pull through cache rule was not found. Please verify the secret exists in the same region and account that the pullthrough cache rule will be created in.";

/** Of rules and configurations that engines will act on. */
export const engineRefusals: readonly Refusal[] = [
  {
    operation: "StartReplicationBackfill",
    error: "ValidationException",
    message:
      "The registry with id '000000000000' in us-west-2 is not a destination of the replication configuration of the registry with id '000000000000'",
  },
  ...["StopReplicationBackfill", "DescribeReplicationBackfillResults"].map((operation) => ({
    operation,
    error: "ReplicationBackfillNotFoundException",
    input: { replicationBackfillId: "none" },
    message: "The replication backfill with id 'none' does not exist in the registry with id '000000000000'",
  })),
  {
    operation: "CreatePullThroughCacheRule",
    error: "PullThroughCacheRuleAlreadyExistsException",
    given: async (ecr) => void (await createRule(ecr, "quay")),
    message: "The pull through cache rule with prefix 'quay' already exists in the registry with id '000000000000'",
  },
  {
    operation: "CreatePullThroughCacheRule",
    error: "LimitExceededException",
    quotas: { pullThroughRulesMax: 2 },
    async given(ecr) {
      for (let at = 0; at < 2; at++) await createRule(ecr, `rule${at}`);
    },
    message:
      "The registry with id '000000000000' already has the maximum allowed number of pull through cache rules which is '2'",
  },
  {
    operation: "CreatePullThroughCacheRule",
    error: "UnsupportedUpstreamRegistryException",
    input: { upstreamRegistryUrl: "registry.example.com" },
    message: "The upstream registry URL registry.example.com is invalid. Specify a valid upstream registry URL and try again",
  },
  {
    operation: "CreatePullThroughCacheRule",
    error: "SecretNotFoundException",
    input: { upstreamRegistryUrl: "registry-1.docker.io", credentialArn: secretArn("us-west-2") },
    message: SECRET_NOT_FOUND,
  },
  {
    operation: "UpdatePullThroughCacheRule",
    error: "SecretNotFoundException",
    given: createDockerRule,
    input: { credentialArn: secretArn("us-west-2") },
    message: SECRET_NOT_FOUND,
  },
  ...["Delete", "Update", "Validate"].map((verb) => ({
    operation: `${verb}PullThroughCacheRule`,
    error: "PullThroughCacheRuleNotFoundException",
    message: NO_RULE,
  })),
  {
    operation: "DescribePullThroughCacheRules",
    error: "PullThroughCacheRuleNotFoundException",
    input: { ecrRepositoryPrefixes: ["quay"] },
    message: NO_RULE,
  },
];
