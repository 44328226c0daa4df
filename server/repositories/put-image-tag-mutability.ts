import type { Call } from "../kernel/call.ts";
import type { RepositoryName } from "../kernel/names.ts";
import { query } from "../platform/metadata/query.ts";
import type { RepositoryDeps } from "./deps.ts";
import { findRepository } from "./find-repository.ts";
import { onRegistry, type RegistryInput } from "./shapes.ts";
import { checkExclusionFilters, type ExclusionFilter, type TagMutability } from "./tag-mutability.ts";

/** Input of PutImageTagMutability. */
export interface PutImageTagMutabilityInput extends RegistryInput {
  readonly repositoryName: RepositoryName;
  readonly imageTagMutability: TagMutability;
  readonly imageTagMutabilityExclusionFilters?: readonly ExclusionFilter[];
}

const setMutability = query<{ id: number; tag_mutability: string; tag_mutability_filters: string }>()((db, p) =>
  db
    .updateTable("repositories")
    .set({ tag_mutability: p.tag_mutability, tag_mutability_filters: p.tag_mutability_filters })
    .where("id", "=", p.id),
);

/** Says which tags of a repository may be moved. Tags that are there stay where they are. */
export async function putImageTagMutability(
  deps: RepositoryDeps,
  reached: Call,
  input: PutImageTagMutabilityInput,
): Promise<object> {
  const { registry } = onRegistry(reached, input);
  const { imageTagMutability, imageTagMutabilityExclusionFilters: filters } = input;
  checkExclusionFilters(imageTagMutability, filters);
  await deps.metadata.write(registry, async (tx) => {
    const { id } = await findRepository(tx, input.repositoryName);
    await tx.run(setMutability, {
      id,
      tag_mutability: imageTagMutability,
      tag_mutability_filters: JSON.stringify(filters ?? []),
    });
  });
  return {
    registryId: registry.account,
    repositoryName: input.repositoryName,
    imageTagMutability,
    ...(filters === undefined ? {} : { imageTagMutabilityExclusionFilters: filters }),
  };
}
