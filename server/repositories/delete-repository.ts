import type { Call } from "../kernel/call.ts";
import { RegistryError } from "../kernel/errors.ts";
import type { RepositoryName } from "../kernel/names.ts";
import { query } from "../platform/metadata/query.ts";
import type { RepositoryDeps } from "./deps.ts";
import { isUndoable, newDeletion } from "./deletion.ts";
import { keepRepository } from "./deleted-repository-rows.ts";
import { recordDeletion } from "./deletion-rows.ts";
import { findRepository } from "./find-repository.ts";
import { sweepRepositoryJob } from "./jobs.ts";
import { deletionLocked, readLocks } from "./locks.ts";
import { repositoryView } from "./repository-view.ts";
import { onRegistry, type RegistryInput } from "./shapes.ts";

/** Input of DeleteRepository. */
export interface DeleteRepositoryInput extends RegistryInput {
  readonly repositoryName: RepositoryName;
  readonly force?: boolean;
}

const anyManifest = query<{ repository_id: number }>()((db, p) =>
  db.selectFrom("manifests").select("digest").where("repository_id", "=", p.repository_id).limit(1),
);

const removeRepository = query<{ id: number }>()((db, p) => db.deleteFrom("repositories").where("id", "=", p.id));

/**
 * Deletes a repository; with `force`, one that holds images. It is gone at once and whole, because all that it holds is
 * found through its row only. The row is kept for as long as the deletion can be undone; then what it held is removed by a
 * job: a million rows in one transaction would make every other writer wait. Throws RepositoryNotFoundException, RepositoryNotEmptyException or
 * DeletionLockedException.
 */
export async function deleteRepository(deps: RepositoryDeps, reached: Call, input: DeleteRepositoryInput): Promise<object> {
  const call = onRegistry(reached, input);
  const row = await deps.metadata.write(call.registry, async (tx) => {
    const repository = await findRepository(tx, input.repositoryName);
    if (input.force !== true && (await tx.first(anyManifest, { repository_id: repository.id })) !== undefined) {
      throw new RegistryError(
        "RepositoryNotEmptyException",
        `The repository with name '${repository.name}' in registry with id '${repository.account}' cannot be deleted because it still contains images`,
      );
    }
    const { holderOfRepository } = await readLocks(tx, repository.id);
    if (holderOfRepository !== undefined) throw deletionLocked(`The repository '${repository.name}'`, holderOfRepository);
    tx.noteRuleChange();
    const deletion = newDeletion(deps, call.principal.arn);
    const { restorable_until_ms } = deletion;
    const deletion_id = await recordDeletion(tx, repository, { kind: "REPOSITORY" }, deletion);
    if (isUndoable(deletion)) await tx.run(keepRepository, { id: repository.id, deletion_id, restorable_until_ms });
    await tx.run(removeRepository, { id: repository.id });
    await tx.enqueue(sweepRepositoryJob(repository.id, restorable_until_ms));
    return repository;
  });
  return { repository: repositoryView(call, row) };
}
