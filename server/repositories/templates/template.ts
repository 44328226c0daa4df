import { invalidParameter, RegistryError } from "../../kernel/errors.ts";
import type { RegistryId } from "../../kernel/names.ts";
import type { CreationTemplateRow } from "../../platform/metadata/schema.ts";
import { parseRepositoryPolicy } from "../../policies/resource-policies.ts";
import { checkCustomRole } from "../custom-role.ts";
import { type EncryptionConfiguration, kmsKeyOf } from "../encryption.ts";
import type { RepositorySettings } from "../insert-repository.ts";
import { checkTags, type ResourceTag } from "../resource-tags.ts";
import { checkExclusionFilters, needsExclusionFilters, type TagMutability } from "../tag-mutability.ts";

/** ECR: when a repository is made without anybody calling CreateRepository. (API model, RCTAppliedFor) */
export const PURPOSES = ["REPLICATION", "PULL_THROUGH_CACHE", "CREATE_ON_PUSH"] as const;
export type Purpose = (typeof PURPOSES)[number];

/** What the repositories below a prefix are made with, in the words of ECR's API, which is also how it is stored. */
export interface Template extends TemplateInput {
  readonly encryptionConfiguration: EncryptionConfiguration;
  readonly imageTagMutability: TagMutability;
  readonly appliedFor: readonly Purpose[];
}

/** A template, or changes of one. */
export interface TemplateInput extends Omit<RepositorySettings, "imageScanningConfiguration"> {
  /** As it was sent. `prod` and `prod/` are the same prefix. */
  readonly prefix: string;
  readonly description?: string | undefined;
  readonly resourceTags?: readonly ResourceTag[] | undefined;
  readonly repositoryPolicy?: string | undefined;
  readonly lifecyclePolicy?: string | undefined;
  readonly appliedFor?: readonly Purpose[];
  readonly customRoleArn?: string | undefined;
}

/** Checks that other floors have: each throws InvalidParameterException for a text that it would not store. */
export interface DocumentChecks {
  readonly checkLifecyclePolicy: (text: string) => void;
}

const DEFAULTS = {
  encryptionConfiguration: { encryptionType: "AES256" },
  imageTagMutability: "MUTABLE",
  appliedFor: [],
} as const;

/** What a prefix is stored and found under. ECR: there is always an assumed `/` at its end. (API reference) */
export function keyOfPrefix(prefix: string): string {
  return prefix.endsWith("/") ? prefix.slice(0, -1) : prefix;
}

/** A new template with ECR's defaults for what `input` leaves out. Throws InvalidParameterException. */
export function newTemplate(checks: DocumentChecks, registry: RegistryId, input: TemplateInput): Template {
  return changeTemplate(checks, registry, { ...DEFAULTS, prefix: input.prefix }, input);
}

/**
 * The template with changes: what they leave out stays, and what they give as an empty text or list is taken away. Throws
 * InvalidParameterException for what cannot be, and for what cannot be together.
 */
export function changeTemplate(checks: DocumentChecks, registry: RegistryId, before: Template, changes: TemplateInput): Template {
  checkDocuments(checks, changes);
  const encryptionConfiguration = encryptionAfter(before, changes);
  asInvalidParameter("encryptionConfiguration", () => kmsKeyOf(registry, encryptionConfiguration));
  const tags = changes.resourceTags ?? before.resourceTags;
  return {
    prefix: before.prefix,
    description: changed(before.description, changes.description),
    encryptionConfiguration,
    resourceTags: tags?.length === 0 ? undefined : tags,
    ...mutabilityAfter(before, changes),
    repositoryPolicy: changed(before.repositoryPolicy, changes.repositoryPolicy),
    lifecyclePolicy: changed(before.lifecyclePolicy, changes.lifecyclePolicy),
    appliedFor: [...new Set(changes.appliedFor ?? before.appliedFor)],
    customRoleArn: changed(before.customRoleArn, changes.customRoleArn),
  };
}

/** A template as it is stored. */
export function readTemplate(row: CreationTemplateRow): Template {
  return JSON.parse(row.template) as Template;
}

/** A template as ECR's API shows it. */
export function templateView(row: CreationTemplateRow): object {
  // AWS JSON has times in seconds, with fractions.
  return { ...readTemplate(row), createdAt: row.created_ms / 1000, updatedAt: row.updated_ms / 1000 };
}

function changed(before: string | undefined, after: string | undefined): string | undefined {
  return after === "" ? undefined : (after ?? before);
}

function checkDocuments(checks: DocumentChecks, changes: TemplateInput): void {
  const { resourceTags, customRoleArn, repositoryPolicy, lifecyclePolicy } = changes;
  if (resourceTags !== undefined) asInvalidParameter("resourceTags", () => checkTags(resourceTags));
  if (customRoleArn) checkCustomRole(customRoleArn);
  if (repositoryPolicy) parseRepositoryPolicy(repositoryPolicy);
  if (lifecyclePolicy) checks.checkLifecyclePolicy(lifecyclePolicy);
}

/** Runs a check. Of the exceptions that tags and keys have of their own, ECR's model gives these operations none. */
function asInvalidParameter(member: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    throw error instanceof RegistryError ? invalidParameter(member, error.message) : error;
  }
}

function encryptionAfter(before: Template, changes: TemplateInput): EncryptionConfiguration {
  const { encryptionType, kmsKey } = changes.encryptionConfiguration ?? before.encryptionConfiguration;
  // ECR: an empty key is none. (API model, KmsKeyForRepositoryCreationTemplate) And Terraform's provider, which turns keys
  // off, sends the one from before along.
  const hasKey = kmsKey !== undefined && kmsKey !== "" && encryptionType !== "AES256";
  return { encryptionType, ...(hasKey ? { kmsKey } : {}) };
}

function mutabilityAfter(
  before: Template,
  changes: TemplateInput,
): Pick<Template, "imageTagMutability" | "imageTagMutabilityExclusionFilters"> {
  const { imageTagMutability: given, imageTagMutabilityExclusionFilters: filters } = changes;
  const imageTagMutability = given ?? before.imageTagMutability;
  if (filters !== undefined) {
    // ECR: filters come with the setting that they are for. (Terraform's provider, aws_ecr_repository_creation_template)
    checkExclusionFilters(given ?? "MUTABLE", filters);
    return { imageTagMutability, imageTagMutabilityExclusionFilters: filters };
  }
  const kept = needsExclusionFilters(imageTagMutability) ? before.imageTagMutabilityExclusionFilters : undefined;
  checkExclusionFilters(imageTagMutability, kept);
  return { imageTagMutability, ...(kept === undefined ? {} : { imageTagMutabilityExclusionFilters: kept }) };
}
