import type { Call } from "../../kernel/call.ts";
import { LIFECYCLE_POLICY_LENGTH_MAX, PAGE_SIZE_MAX, POLICY_TEXT_LENGTH_MAX } from "../../kernel/limits.ts";
import { repositoryArn, ROOT_PREFIX } from "../../kernel/names.ts";
import { type Ask, type Operation, operation } from "../../kernel/operation.ts";
import { withRequestTags } from "../../kernel/request-tags.ts";
import { enumeration, integer, list, type Shape, string, structure } from "../../kernel/shape.ts";
import { askPassRole } from "../custom-role.ts";
import { ENCRYPTION_TYPES } from "../encryption.ts";
import { RESOURCE_TAGS } from "../resource-tags.ts";
import { EXCLUSION_FILTERS, repositoryPrefix, TAG_MUTABILITY } from "../shapes.ts";
import { createRepositoryCreationTemplate } from "./create-repository-creation-template.ts";
import { deleteRepositoryCreationTemplate } from "./delete-repository-creation-template.ts";
import type { TemplateDeps } from "./deps.ts";
import { describeRepositoryCreationTemplates, type DescribeTemplatesInput } from "./describe-repository-creation-templates.ts";
import { keyOfPrefix, PURPOSES, type TemplateInput } from "./template.ts";
import { updateRepositoryCreationTemplate } from "./update-repository-creation-template.ts";

const PREFIX = repositoryPrefix({ min: 1, max: 256 });
const KMS_KEY = /^$|^arn:aws[a-z0-9-]*:kms:[a-z0-9-]+:[0-9]{12}:key\/[a-z0-9-]+$/;

/** What a template sets. ECR: unlike elsewhere, an empty key or document is allowed, and none. (API model, …ForRepositoryCreationTemplate) */
const SETTINGS: Readonly<Record<string, Shape>> = {
  description: string({ max: 256 }),
  encryptionConfiguration: structure({
    "encryptionType!": enumeration(...ENCRYPTION_TYPES),
    kmsKey: string({
      max: 2048,
      pattern: {
        text: "^$|arn:aws[a-z0-9-]*:kms:[a-z0-9-]+:[0-9]{12}:key\\/[a-z0-9-]+",
        matches: (it) => KMS_KEY.test(it),
      },
    }),
  }),
  resourceTags: RESOURCE_TAGS,
  imageTagMutability: TAG_MUTABILITY,
  imageTagMutabilityExclusionFilters: EXCLUSION_FILTERS,
  repositoryPolicy: string({ max: POLICY_TEXT_LENGTH_MAX }),
  lifecyclePolicy: string({ max: LIFECYCLE_POLICY_LENGTH_MAX }),
  customRoleArn: string({ max: 2048 }),
};
const APPLIED_FOR = list(enumeration(...PURPOSES));

/**
 * What a template would do without its author being asked again is asked now, of all repositories that it covers.
 * ECR: these permissions are needed beside the template's own. (user guide, creating a repository creation template)
 */
function askSettings(input: TemplateInput, { registry }: Call): readonly Ask[] {
  const { prefix, resourceTags = [], repositoryPolicy, lifecyclePolicy } = input;
  const resource = repositoryArn(registry, prefix === ROOT_PREFIX ? "*" : `${keyOfPrefix(prefix)}/*`);
  const create: Ask = { action: "ecr:CreateRepository", resource };
  // As for CreateRepository, though ECR asks it of the template's role.
  const tag: readonly Ask[] = resourceTags.length > 0 ? [{ action: "ecr:TagResource", resource }] : [];
  return [
    ...withRequestTags([create, ...tag], resourceTags),
    ...(repositoryPolicy ? [{ action: "ecr:SetRepositoryPolicy", resource }] : []),
    ...(lifecyclePolicy ? [{ action: "ecr:PutLifecyclePolicy", resource }] : []),
    ...askPassRole(input),
  ];
}

/** Repository creation templates. They are the registry's, so no policy can be about one of them. */
export function templateOperations(deps: TemplateDeps): readonly Operation[] {
  return [
    operation<TemplateInput>({
      name: "CreateRepositoryCreationTemplate",
      errors: ["LimitExceededException", "TemplateAlreadyExistsException"],
      input: structure({ "prefix!": PREFIX, ...SETTINGS, "appliedFor!": APPLIED_FOR }),
      asks: (input, call) => [{ action: "ecr:CreateRepositoryCreationTemplate", resource: "*" }, ...askSettings(input, call)],
      handle: (call, input) => createRepositoryCreationTemplate(deps, call, input),
    }),
    operation<TemplateInput>({
      name: "UpdateRepositoryCreationTemplate",
      errors: ["TemplateNotFoundException"],
      input: structure({ "prefix!": PREFIX, ...SETTINGS, appliedFor: APPLIED_FOR }),
      asks: (input, call) => [{ action: "ecr:UpdateRepositoryCreationTemplate", resource: "*" }, ...askSettings(input, call)],
      handle: (call, input) => updateRepositoryCreationTemplate(deps, call, input),
    }),
    operation<DescribeTemplatesInput>({
      name: "DescribeRepositoryCreationTemplates",
      errors: [],
      input: structure({ prefixes: list(PREFIX), nextToken: string(), maxResults: integer({ min: 1, max: PAGE_SIZE_MAX }) }),
      asks: () => [{ action: "ecr:DescribeRepositoryCreationTemplates", resource: "*" }],
      handle: (call, input) => describeRepositoryCreationTemplates(deps, call, input),
    }),
    operation<{ readonly prefix: string }>({
      name: "DeleteRepositoryCreationTemplate",
      errors: ["TemplateNotFoundException"],
      input: structure({ "prefix!": PREFIX }),
      asks: () => [{ action: "ecr:DeleteRepositoryCreationTemplate", resource: "*" }],
      handle: (call, input) => deleteRepositoryCreationTemplate(deps, call, input),
    }),
  ];
}
