import { RegistryError } from "../kernel/errors.ts";
import { type RegistryId, type RepositoryName, repositoryArn } from "../kernel/names.ts";
import { type Operation, operation } from "../kernel/operation.ts";
import { quotaOf } from "../kernel/quotas.ts";
import { string, structure } from "../kernel/shape.ts";
import type { RepositoryRow } from "../platform/metadata/schema.ts";
import { alreadyExists } from "./create-repository.ts";
import { forgetRepository, keptRepositories, keptRepository } from "./deleted-repository-rows.ts";
import { markRestored } from "./deletion-rows.ts";
import type { RepositoryDeps } from "./deps.ts";
import { LIFECYCLE_GRACE_MS } from "./documents.ts";
import { insertRepository } from "./insert-repository.ts";
import { runLifecyclePolicyJob } from "./lifecycle-job.ts";
import { repositoryView } from "./repository-view.ts";
import { onRegistry, REGISTRY_ID, type RegistryInput, REPOSITORY_NAME } from "./shapes.ts";

/** Input of RestoreRepository. */
export interface RestoreRepositoryInput extends RegistryInput {
  /** The name that it had. */
  readonly repositoryName: RepositoryName;
  /** Which one, where several of that name were deleted. Absent: the one that was deleted last. */
  readonly deletionId?: string;
  /** The name that it is to have. Absent: the same. */
  readonly newRepositoryName?: RepositoryName;
}

/** Brings a deleted repository back. Not AWS's. */
export function restoreRepositoryOperation(deps: Omit<RepositoryDeps, "sealer">): Operation {
  return operation<RestoreRepositoryInput>({
    name: "RestoreRepository",
    errors: ["LimitExceededException", "RepositoryAlreadyExistsException", "RepositoryNotFoundException"],
    input: structure({
      registryId: REGISTRY_ID,
      "repositoryName!": REPOSITORY_NAME,
      deletionId: string({ min: 1, max: 64 }),
      newRepositoryName: REPOSITORY_NAME,
    }),
    asks: (input, call) => {
      const { registry } = onRegistry(call, input);
      const names = new Set([input.repositoryName, input.newRepositoryName ?? input.repositoryName]);
      return [...names].map((name) => ({ action: "longshore:RestoreRepository", resource: repositoryArn(registry, name) }));
    },
    async handle(reached, input) {
      const call = onRegistry(reached, input);
      return { repository: repositoryView(call, await restoreRepository(deps, call.registry, input)) };
    },
  });
}

/**
 * Brings a repository back with all that it held: images, tags, policies, settings, resource tags. It is the same one, by its
 * id, under the name that it had or under a new one. Throws RepositoryNotFoundException when there is none that can come back,
 * RepositoryAlreadyExistsException when the name is taken, and LimitExceededException.
 */
export async function restoreRepository(
  deps: Omit<RepositoryDeps, "sealer">,
  registry: RegistryId,
  input: RestoreRepositoryInput,
): Promise<RepositoryRow> {
  const { repositoryName, newRepositoryName = repositoryName, deletionId } = input;
  const repositoriesMax = quotaOf(deps, "repositoriesMax");
  return deps.metadata.write(registry, async (tx) => {
    const now_ms = deps.clock.now();
    const of = { ...registry, name: repositoryName, now_ms };
    const kept = await (deletionId === undefined
      ? tx.first(keptRepositories, { ...of, limit: 1 })
      : tx.first(keptRepository, { ...of, deletion_id: deletionId }));
    if (kept === undefined) throw nothingToRestore(input, registry);
    const { deletion_id, ...repository } = { ...kept, name: newRepositoryName };
    // Whoever takes this row away has the repository: this, or the job that sweeps it.
    await tx.run(forgetRepository, { id: repository.id });
    if (!(await insertRepository(tx, repository, { tags: [], repositoriesMax })))
      throw alreadyExists(registry, newRepositoryName);
    await tx.run(markRestored, { id: deletion_id, now_ms });
    // It has a policy again, if it had one; without one the job ends by itself.
    await tx.enqueue(runLifecyclePolicyJob(repository.id, { due: now_ms + LIFECYCLE_GRACE_MS }));
    tx.noteRuleChange();
    return repository;
  });
}

function nothingToRestore({ repositoryName, deletionId }: RestoreRepositoryInput, registry: RegistryId): RegistryError {
  const which = deletionId === undefined ? "" : ` by the deletion '${deletionId}'`;
  return new RegistryError(
    "RepositoryNotFoundException",
    `No repository with name '${repositoryName}' that was deleted${which} can be brought back in the registry with id '${registry.account}'`,
  );
}
