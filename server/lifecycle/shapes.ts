import { LIFECYCLE_POLICY_LENGTH_MAX, LIFECYCLE_POLICY_LENGTH_MIN } from "../kernel/limits.ts";
import type { RepositoryName } from "../kernel/names.ts";
import { type Shape, string } from "../kernel/shape.ts";
import { REGISTRY_ID, type RegistryInput, REPOSITORY_NAME } from "../repositories/shapes.ts";

/** Input that every operation of this folder has. */
export interface InRepository extends RegistryInput {
  readonly repositoryName: RepositoryName;
}

export const IN_REPOSITORY: Readonly<Record<string, Shape>> = {
  registryId: REGISTRY_ID,
  "repositoryName!": REPOSITORY_NAME,
};

/** ECR: LifecyclePolicyText. (API model) */
export const POLICY_TEXT = string({ min: LIFECYCLE_POLICY_LENGTH_MIN, max: LIFECYCLE_POLICY_LENGTH_MAX });
