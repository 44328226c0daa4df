import { RegistryError } from "../kernel/errors.ts";
import type { RegistryId } from "../kernel/names.ts";

/** ECR's words for a repository without a lifecycle policy. */
export function lifecyclePolicyNotFound(registry: RegistryId, name: string): RegistryError {
  return new RegistryError(
    "LifecyclePolicyNotFoundException",
    `Lifecycle policy does not exist for the repository with name '${name}' in the registry with id '${registry.account}'`,
  );
}
