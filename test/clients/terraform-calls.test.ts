import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import * as sdk from "@aws-sdk/client-ecr";
import { type Scene, setScene } from "./scene.ts";

// The calls that Terraform's AWS provider makes of each resource, in its order and with its input, for machines without it:
// create, read, update, read, delete, read.

const NAME = { repositoryName: "tf/app" };
const POLICY = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Sid: "pull", Effect: "Allow", Principal: "*", Action: ["ecr:BatchGetImage"] }],
});
const LIFECYCLE = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      selection: { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 7 },
      action: { type: "expire" },
    },
  ],
});
const RULES = [{ destinations: [{ region: "eu-west-1", registryId: "000000000000" }] }];
const SCAN = [{ scanFrequency: "SCAN_ON_PUSH", repositoryFilters: [{ filter: "*", filterType: "WILDCARD" }] }];
const RULE = { ecrRepositoryPrefix: "tf-public" };
const ARN = "arn:aws:ecr:us-east-1:000000000000:repository/tf/app";

/** An operation, its input, and what its answer must hold or the exception that must come. */
type Step = readonly [operation: string, input: object, answer: object | string];

const STEPS: readonly Step[] = [
  ["CreateRepository", { ...NAME, tags: [{ Key: "team", Value: "one" }], imageTagMutability: "MUTABLE" }, { repository: NAME }],
  [
    "DescribeRepositories",
    { repositoryNames: [NAME.repositoryName] },
    {
      repositories: [
        { encryptionConfiguration: { encryptionType: "AES256" }, imageScanningConfiguration: { scanOnPush: false } },
      ],
    },
  ],
  ["ListTagsForResource", { resourceArn: ARN }, { tags: [{ Key: "team", Value: "one" }] }],
  ["PutImageTagMutability", { ...NAME, imageTagMutability: "IMMUTABLE" }, { imageTagMutability: "IMMUTABLE" }],
  ["PutImageScanningConfiguration", { ...NAME, imageScanningConfiguration: { scanOnPush: true } }, NAME],
  // Go leaves out what is false.
  [
    "PutImageScanningConfiguration",
    { ...NAME, imageScanningConfiguration: {} },
    { imageScanningConfiguration: { scanOnPush: false } },
  ],
  ["TagResource", { resourceArn: ARN, tags: [{ Key: "cost", Value: "7" }] }, {}],
  ["UntagResource", { resourceArn: ARN, tagKeys: ["team"] }, {}],
  ["ListTagsForResource", { resourceArn: ARN }, { tags: [{ Key: "cost", Value: "7" }] }],
  ["SetRepositoryPolicy", { ...NAME, policyText: POLICY, force: false }, { policyText: POLICY }],
  ["GetRepositoryPolicy", NAME, { policyText: POLICY }],
  ["DeleteRepositoryPolicy", NAME, { policyText: POLICY }],
  ["GetRepositoryPolicy", NAME, "RepositoryPolicyNotFoundException"],
  ["PutLifecyclePolicy", { ...NAME, lifecyclePolicyText: LIFECYCLE }, { lifecyclePolicyText: LIFECYCLE }],
  ["GetLifecyclePolicy", NAME, { lifecyclePolicyText: LIFECYCLE }],
  ["DeleteLifecyclePolicy", NAME, { lifecyclePolicyText: LIFECYCLE }],
  ["GetLifecyclePolicy", NAME, "LifecyclePolicyNotFoundException"],
  ["PutReplicationConfiguration", { replicationConfiguration: { rules: RULES } }, { replicationConfiguration: { rules: RULES } }],
  ["DescribeRegistry", {}, { replicationConfiguration: { rules: RULES } }],
  ["PutReplicationConfiguration", { replicationConfiguration: { rules: [] } }, { replicationConfiguration: { rules: [] } }],
  ["DescribeRegistry", {}, { replicationConfiguration: { rules: [] } }],
  ["PutRegistryScanningConfiguration", { scanType: "BASIC", rules: SCAN }, { registryScanningConfiguration: { rules: SCAN } }],
  ["GetRegistryScanningConfiguration", {}, { scanningConfiguration: { scanType: "BASIC", rules: SCAN } }],
  ["PutRegistryScanningConfiguration", { scanType: "BASIC", rules: [] }, { registryScanningConfiguration: { rules: [] } }],
  ["CreatePullThroughCacheRule", { ...RULE, upstreamRegistryUrl: "public.ecr.aws" }, RULE],
  ["DescribePullThroughCacheRules", { ecrRepositoryPrefixes: ["tf-public"] }, { pullThroughCacheRules: [RULE] }],
  ["DeletePullThroughCacheRule", RULE, RULE],
  ["DescribePullThroughCacheRules", { ecrRepositoryPrefixes: ["tf-public"] }, "PullThroughCacheRuleNotFoundException"],
  [
    "CreateRepositoryCreationTemplate",
    { prefix: "tf", appliedFor: ["REPLICATION"] },
    { repositoryCreationTemplate: { prefix: "tf" } },
  ],
  [
    "UpdateRepositoryCreationTemplate",
    { prefix: "tf", description: "mine" },
    { repositoryCreationTemplate: { description: "mine" } },
  ],
  ["DescribeRepositoryCreationTemplates", { prefixes: ["tf"] }, { repositoryCreationTemplates: [{ description: "mine" }] }],
  ["DeleteRepositoryCreationTemplate", { prefix: "tf" }, { repositoryCreationTemplate: { prefix: "tf" } }],
  ["PutAccountSetting", { name: "REGISTRY_POLICY_SCOPE", value: "V2" }, { value: "V2" }],
  ["GetAccountSetting", { name: "REGISTRY_POLICY_SCOPE" }, { value: "V2" }],
  ["DeleteRepository", { ...NAME, force: false }, { repository: NAME }],
  ["DescribeRepositories", { repositoryNames: [NAME.repositoryName] }, "RepositoryNotFoundException"],
];

describe("the calls that Terraform makes", () => {
  let scene: Scene;
  before(async () => {
    scene = await setScene();
  });
  after(() => scene[Symbol.asyncDispose]());

  async function send(operation: string, input: object): Promise<any> {
    const Command = (sdk as unknown as Record<string, new (input: object) => never>)[`${operation}Command`];
    assert.ok(Command !== undefined, operation);
    return scene.server.ecr.send(new Command(input));
  }

  test("each resource is made, read, changed and taken away as the provider does it", async () => {
    for (const [operation, input, answer] of STEPS) {
      if (typeof answer === "string") await assert.rejects(send(operation, input), { name: answer }, operation);
      else assert.partialDeepStrictEqual(await send(operation, input), answer, operation);
    }
  });

  test("a rule that was made without an upstream prefix has none when it is read", async () => {
    await send("CreatePullThroughCacheRule", { ...RULE, upstreamRegistryUrl: "public.ecr.aws" });
    const { pullThroughCacheRules } = await send("DescribePullThroughCacheRules", {});
    assert.equal("upstreamRepositoryPrefix" in pullThroughCacheRules[0], false);
  });
});
