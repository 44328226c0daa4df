import type { Call } from "../kernel/call.ts";
import { invalidParameter } from "../kernel/errors.ts";
import { parseRepositoryArn, type RegistryId, type RepositoryName, repositoryArn } from "../kernel/names.ts";
import type { Ask } from "../kernel/operation.ts";
import type { RepositoryDeps } from "./deps.ts";
import { findRepository } from "./find-repository.ts";
import { checkKeys, checkTags, type ResourceTag, readTags, removeTags, writeTags } from "./resource-tags.ts";

/** Input of an operation on a resource: the ARN says which registry is meant, whichever was reached. */
export interface ResourceInput {
  readonly resourceArn: string;
}

/** The repository that an ARN names, in this region. Throws InvalidParameterException. */
function repositoryOf(call: Call, { resourceArn }: ResourceInput): { registry: RegistryId; name: RepositoryName } {
  const named = parseRepositoryArn(resourceArn);
  if (named === undefined || named.registry.region !== call.registry.region) throw invalidParameter("resourceArn", "Invalid ARN");
  return named;
}

/** Asks whether an action is allowed on the repository that the input's ARN names. */
export function askResource(action: string) {
  return (input: ResourceInput, call: Call): readonly Ask[] => {
    const { registry, name } = repositoryOf(call, input);
    return [{ action, resource: repositoryArn(registry, name) }];
  };
}

/** Adds tags to a repository or changes their values; those that are not named stay as they are. */
export async function tagResource(
  deps: RepositoryDeps,
  call: Call,
  input: ResourceInput & { readonly tags: readonly ResourceTag[] },
): Promise<object> {
  const { registry, name } = repositoryOf(call, input);
  checkTags(input.tags);
  await deps.metadata.write(registry, async (tx) => writeTags(tx, (await findRepository(tx, name)).id, input.tags));
  return {};
}

/** Removes tags from a repository. */
export async function untagResource(
  deps: RepositoryDeps,
  call: Call,
  input: ResourceInput & { readonly tagKeys: readonly string[] },
): Promise<object> {
  const { registry, name } = repositoryOf(call, input);
  checkKeys(input.tagKeys);
  await deps.metadata.write(registry, async (tx) => removeTags(tx, (await findRepository(tx, name)).id, input.tagKeys));
  return {};
}

/** A repository's tags. */
export async function listTagsForResource(deps: RepositoryDeps, call: Call, input: ResourceInput): Promise<object> {
  const { registry, name } = repositoryOf(call, input);
  const tags = await deps.metadata.read(registry, async (tx) => readTags(tx, (await findRepository(tx, name)).id));
  return { tags };
}
