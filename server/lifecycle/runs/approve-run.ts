import type { Call } from "../../kernel/call.ts";
import { RegistryError } from "../../kernel/errors.ts";
import type { RepositoryDeps } from "../../repositories/deps.ts";
import { readRepositoryDocument } from "../../repositories/documents.ts";
import { findRepository } from "../../repositories/find-repository.ts";
import { runLifecyclePolicyJob } from "../../repositories/lifecycle-job.ts";
import type { InRepository } from "../shapes.ts";
import { openRunOf, updateRun } from "./run-rows.ts";
import { type LifecycleRunView, viewRun } from "./view-run.ts";

export interface ApproveRunInput extends InRepository {
  /** The run that is meant, so that none is approved that came after it. Absent: the one that is held. */
  readonly runId?: string | undefined;
}

/**
 * Lets a held run go on, now, with the policy that it was held with and as many images as it was held for, or fewer. Throws
 * RepositoryNotFoundException, LifecycleRunNotFoundException when no such run is held, or the policy is another one by now.
 */
export async function approveLifecycleRun(
  deps: Pick<RepositoryDeps, "metadata" | "clock">,
  call: Pick<Call, "registry">,
  { repositoryName, runId, by }: Omit<ApproveRunInput, "registryId"> & { readonly by: string },
): Promise<LifecycleRunView> {
  return deps.metadata.write(call.registry, async (tx) => {
    const { id } = await findRepository(tx, repositoryName);
    const open = await tx.first(openRunOf, { repository: id });
    const document = await readRepositoryDocument(tx, id, "lifecycle");
    if (open?.status !== "HELD" || (runId !== undefined && open.id !== runId)) {
      const which = runId === undefined ? "No lifecycle run" : `No lifecycle run with id '${runId}'`;
      throw notHeld(`${which} of the repository with name '${repositoryName}' waits to be approved.`);
    }
    if (document === undefined) {
      throw notHeld(`The lifecycle policy by which the run with id '${open.id}' was held is gone: it removes nothing any more.`);
    }
    if (open.policy !== document.text) {
      throw notHeld(
        `The lifecycle policy has changed since the run with id '${open.id}' was held. Wait for a run of the new one.`,
      );
    }
    const run = { ...open, status: "APPROVED", approved_by: by };
    await tx.run(updateRun, run);
    await tx.enqueue(runLifecyclePolicyJob(id, { hasten: true }));
    return viewRun(run, repositoryName);
  });
}

function notHeld(sentence: string): RegistryError {
  return new RegistryError("LifecycleRunNotFoundException", sentence);
}
