import type { Call } from "../../kernel/call.ts";
import type { RepositoryDeps } from "../../repositories/deps.ts";
import { readRepositoryDocument } from "../../repositories/documents.ts";
import { findRepository } from "../../repositories/find-repository.ts";
import { runLifecyclePolicyJob } from "../../repositories/lifecycle-job.ts";
import { lifecyclePolicyNotFound } from "../errors.ts";
import type { InRepository } from "../shapes.ts";
import { insertRun, newRun, openRunOf } from "./run-rows.ts";
import { type LifecycleRunView, viewRun } from "./view-run.ts";

/**
 * Asks for the lifecycle policy of a repository to be carried out now. Returns the run: a new one, or the one that is open already, of
 * which one that is HELD still waits to be approved. Throws RepositoryNotFoundException, LifecyclePolicyNotFoundException.
 */
export async function startLifecycleRun(
  deps: Pick<RepositoryDeps, "metadata" | "clock">,
  call: Pick<Call, "registry">,
  { repositoryName, by }: Pick<InRepository, "repositoryName"> & { readonly by: string },
): Promise<LifecycleRunView> {
  return deps.metadata.write(call.registry, async (tx) => {
    const { id } = await findRepository(tx, repositoryName);
    if ((await readRepositoryDocument(tx, id, "lifecycle")) === undefined)
      throw lifecyclePolicyNotFound(call.registry, repositoryName);
    const open = await tx.first(openRunOf, { repository: id });
    const run = open ?? { ...newRun(id, deps.clock.now()), asked_by: by };
    if (open === undefined) await tx.run(insertRun, run);
    await tx.enqueue(runLifecyclePolicyJob(id, { hasten: true }));
    return viewRun(run, repositoryName);
  });
}
