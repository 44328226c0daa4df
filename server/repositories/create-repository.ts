import type { Call } from "../kernel/call.ts";
import { RegistryError } from "../kernel/errors.ts";
import type { RegistryId, RepositoryName } from "../kernel/names.ts";
import { quotaOf } from "../kernel/quotas.ts";
import type { RepositoryDeps } from "./deps.ts";
import { insertRepository, newRepository, type RepositorySettings } from "./insert-repository.ts";
import { repositoryView } from "./repository-view.ts";
import { checkTags, type ResourceTag } from "./resource-tags.ts";
import { onRegistry, type RegistryInput } from "./shapes.ts";

/** Input of CreateRepository. */
export interface CreateRepositoryInput extends RegistryInput, RepositorySettings {
  readonly repositoryName: RepositoryName;
  readonly tags?: readonly ResourceTag[];
}

/**
 * Makes a repository. Throws RepositoryAlreadyExistsException, LimitExceededException, KmsException, and
 * InvalidTagParameterException or TooManyTagsException.
 */
export async function createRepository(deps: RepositoryDeps, reached: Call, input: CreateRepositoryInput): Promise<object> {
  const call = onRegistry(reached, input);
  const row = newRepository(call.registry, input.repositoryName, { settings: input, now_ms: deps.clock.now() });
  const tags = input.tags ?? [];
  checkTags(tags);
  const repositoriesMax = quotaOf(deps, "repositoriesMax");
  await deps.metadata.write(call.registry, async (tx) => {
    const isNew = await insertRepository(tx, row, { tags, repositoriesMax });
    if (!isNew) throw alreadyExists(call.registry, input.repositoryName);
  });
  return { repository: repositoryView(call, row) };
}

/** ECR's words for a name that is taken. */
export function alreadyExists(registry: RegistryId, name: string): RegistryError {
  return new RegistryError(
    "RepositoryAlreadyExistsException",
    `The repository with name '${name}' already exists in the registry with id '${registry.account}'`,
  );
}
