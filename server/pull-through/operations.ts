import { PAGE_SIZE_MAX } from "../kernel/limits.ts";
import { type Operation, operation } from "../kernel/operation.ts";
import { enumeration, integer, list, string, structure } from "../kernel/shape.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";
import { askPassRole } from "../repositories/custom-role.ts";
import { askRegistry, REGISTRY_ID, repositoryPrefix } from "../repositories/shapes.ts";
import { type CreateRuleInput, createRule } from "./create-rule.ts";
import { CREDENTIALS, type Credentials } from "./credentials.ts";
import { deleteRule } from "./delete-rule.ts";
import { type DescribeRulesInput, describeRules } from "./describe-rules.ts";
import type { RuleInput } from "./rule-rows.ts";
import { updateRuleCredentials } from "./update-rule.ts";
import { UPSTREAM_REGISTRIES } from "./upstreams.ts";
import { validateRule } from "./validate-rule.ts";

/** ECR: PullThroughCacheRuleRepositoryPrefix. (API model) */
const PREFIX = repositoryPrefix({ min: 2, max: 30 });

/** Pull-through cache rules: under which prefix the images of which upstream can be pulled. */
export function pullThroughOperations(deps: RepositoryDeps): readonly Operation[] {
  return [
    operation<CreateRuleInput>({
      name: "CreatePullThroughCacheRule",
      errors: [
        "LimitExceededException",
        "PullThroughCacheRuleAlreadyExistsException",
        "SecretNotFoundException",
        "UnsupportedUpstreamRegistryException",
      ],
      input: structure({
        "ecrRepositoryPrefix!": PREFIX,
        "upstreamRegistryUrl!": string(),
        registryId: REGISTRY_ID,
        upstreamRegistry: enumeration(...UPSTREAM_REGISTRIES),
        ...CREDENTIALS,
        upstreamRepositoryPrefix: PREFIX,
      }),
      asks: (input) => [...askRegistry("ecr:CreatePullThroughCacheRule")(), ...askPassRole(input)],
      handle: (call, input) => createRule(deps, call, input),
    }),
    operation<RuleInput & Credentials>({
      name: "UpdatePullThroughCacheRule",
      errors: ["PullThroughCacheRuleNotFoundException", "SecretNotFoundException"],
      input: structure({ registryId: REGISTRY_ID, "ecrRepositoryPrefix!": PREFIX, ...CREDENTIALS }),
      asks: (input) => [...askRegistry("ecr:UpdatePullThroughCacheRule")(), ...askPassRole(input)],
      handle: (call, input) => updateRuleCredentials(deps, call, input),
    }),
    operation<DescribeRulesInput>({
      name: "DescribePullThroughCacheRules",
      errors: ["PullThroughCacheRuleNotFoundException"],
      input: structure({
        registryId: REGISTRY_ID,
        ecrRepositoryPrefixes: list(PREFIX, { min: 1, max: 100 }),
        nextToken: string(),
        maxResults: integer({ min: 1, max: PAGE_SIZE_MAX }),
      }),
      asks: askRegistry("ecr:DescribePullThroughCacheRules"),
      handle: (call, input) => describeRules(deps, call, input),
    }),
    operation<RuleInput>({
      name: "DeletePullThroughCacheRule",
      errors: ["PullThroughCacheRuleNotFoundException"],
      input: structure({ "ecrRepositoryPrefix!": PREFIX, registryId: REGISTRY_ID }),
      asks: askRegistry("ecr:DeletePullThroughCacheRule"),
      handle: (call, input) => deleteRule(deps, call, input),
    }),
    operation<RuleInput>({
      name: "ValidatePullThroughCacheRule",
      errors: ["PullThroughCacheRuleNotFoundException"],
      input: structure({ "ecrRepositoryPrefix!": PREFIX, registryId: REGISTRY_ID }),
      asks: askRegistry("ecr:ValidatePullThroughCacheRule"),
      handle: (call, input) => validateRule(deps, call, input),
    }),
  ];
}
