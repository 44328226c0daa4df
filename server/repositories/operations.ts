import { repositoryArn } from "../kernel/names.ts";
import { type Operation, operation } from "../kernel/operation.ts";
import { withRequestTags, withTagKeys } from "../kernel/request-tags.ts";
import { boolean, enumeration, integer, list, string, structure } from "../kernel/shape.ts";
import { PAGE_SIZE_MAX } from "../kernel/limits.ts";
import { type CreateRepositoryInput, createRepository } from "./create-repository.ts";
import { type DeleteRepositoryInput, deleteRepository } from "./delete-repository.ts";
import type { RepositoryDeps } from "./deps.ts";
import { type DescribeRepositoriesInput, describeRepositories } from "./describe-repositories.ts";
import { ENCRYPTION_TYPES } from "./encryption.ts";
import { type PutImageTagMutabilityInput, putImageTagMutability } from "./put-image-tag-mutability.ts";
import { RESOURCE_TAG_KEYS, RESOURCE_TAGS, type ResourceTag } from "./resource-tags.ts";
import { askRepository, EXCLUSION_FILTERS, onRegistry, REGISTRY_ID, REPOSITORY_NAME, TAG_MUTABILITY } from "./shapes.ts";
import { askResource, listTagsForResource, type ResourceInput, tagResource, untagResource } from "./tag-resource.ts";

/** The repository operations of ECR's API. */
export function repositoryOperations(deps: RepositoryDeps): readonly Operation[] {
  return [
    operation<CreateRepositoryInput>({
      name: "CreateRepository",
      errors: [
        "InvalidTagParameterException",
        "KmsException",
        "LimitExceededException",
        "RepositoryAlreadyExistsException",
        "TooManyTagsException",
      ],
      input: structure({
        registryId: REGISTRY_ID,
        "repositoryName!": REPOSITORY_NAME,
        tags: RESOURCE_TAGS,
        imageTagMutability: TAG_MUTABILITY,
        imageTagMutabilityExclusionFilters: EXCLUSION_FILTERS,
        imageScanningConfiguration: structure({ scanOnPush: boolean() }),
        encryptionConfiguration: structure({
          "encryptionType!": enumeration(...ENCRYPTION_TYPES),
          kmsKey: string({ min: 1, max: 2048 }),
        }),
      }),
      // Tags decide what policies allow, so giving some to a new repository needs the right to tag it.
      asks: (input, call) => {
        const create = askRepository("ecr:CreateRepository")(input, call);
        const tag = input.tags === undefined ? [] : askRepository("ecr:TagResource")(input, call);
        return withRequestTags([...create, ...tag], input.tags);
      },
      handle: (call, input) => createRepository(deps, call, input),
    }),
    operation<DescribeRepositoriesInput>({
      name: "DescribeRepositories",
      errors: ["RepositoryNotFoundException"],
      input: structure({
        registryId: REGISTRY_ID,
        repositoryNames: list(REPOSITORY_NAME, { min: 1, max: 100 }),
        nextToken: string(),
        maxResults: integer({ min: 1, max: PAGE_SIZE_MAX }),
      }),
      asks: (input, call) => {
        const { registry } = onRegistry(call, input);
        const resources = (input.repositoryNames ?? ["*"]).map((name) => repositoryArn(registry, name));
        return resources.map((resource) => ({ action: "ecr:DescribeRepositories", resource }));
      },
      handle: (call, input) => describeRepositories(deps, call, input),
    }),
    operation<DeleteRepositoryInput>({
      name: "DeleteRepository",
      errors: ["RepositoryNotEmptyException", "RepositoryNotFoundException"],
      input: structure({ registryId: REGISTRY_ID, "repositoryName!": REPOSITORY_NAME, force: boolean() }),
      asks: askRepository("ecr:DeleteRepository"),
      handle: (call, input) => deleteRepository(deps, call, input),
    }),
    operation<PutImageTagMutabilityInput>({
      name: "PutImageTagMutability",
      errors: ["RepositoryNotFoundException"],
      input: structure({
        registryId: REGISTRY_ID,
        "repositoryName!": REPOSITORY_NAME,
        "imageTagMutability!": TAG_MUTABILITY,
        imageTagMutabilityExclusionFilters: EXCLUSION_FILTERS,
      }),
      asks: askRepository("ecr:PutImageTagMutability"),
      handle: (call, input) => putImageTagMutability(deps, call, input),
    }),
    ...resourceTagOperations(deps),
  ];
}

function resourceTagOperations(deps: RepositoryDeps): readonly Operation[] {
  return [
    operation<ResourceInput & { readonly tags: readonly ResourceTag[] }>({
      name: "TagResource",
      errors: ["InvalidTagParameterException", "RepositoryNotFoundException", "TooManyTagsException"],
      input: structure({ "resourceArn!": string(), "tags!": RESOURCE_TAGS }),
      asks: (input, call) => withRequestTags(askResource("ecr:TagResource")(input, call), input.tags),
      handle: (call, input) => tagResource(deps, call, input),
    }),
    operation<ResourceInput & { readonly tagKeys: readonly string[] }>({
      name: "UntagResource",
      errors: ["InvalidTagParameterException", "RepositoryNotFoundException", "TooManyTagsException"],
      input: structure({ "resourceArn!": string(), "tagKeys!": RESOURCE_TAG_KEYS }),
      asks: (input, call) => withTagKeys(askResource("ecr:UntagResource")(input, call), input.tagKeys),
      handle: (call, input) => untagResource(deps, call, input),
    }),
    operation<ResourceInput>({
      name: "ListTagsForResource",
      errors: ["RepositoryNotFoundException"],
      input: structure({ "resourceArn!": string() }),
      asks: askResource("ecr:ListTagsForResource"),
      handle: (call, input) => listTagsForResource(deps, call, input),
    }),
  ];
}
