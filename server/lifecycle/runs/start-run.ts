import type { Call } from "../../kernel/call.ts";
import type { LifecycleRunRow } from "../../platform/metadata/space-schema.ts";
import type { RepositoryDeps } from "../../repositories/deps.ts";
import { readRepositoryDocument } from "../../repositories/documents.ts";
import { findRepository } from "../../repositories/find-repository.ts";
import { runLifecyclePolicyJob } from "../../repositories/lifecycle-job.ts";
import { lifecyclePolicyNotFound } from "../errors.ts";
import type { InRepository } from "../shapes.ts";
import { currentRun } from "./begin-run.ts";
import { insertRun, newRun, updateRun } from "./run-rows.ts";
import { type LifecycleRunView, viewRun } from "./view-run.ts";

/**
 * Asks for the lifecycle policy of a repository to be carried out now. Returns the run: a new one, or the one that is open already; one
 * that is HELD looks again whether it has to ask. Throws RepositoryNotFoundException, LifecyclePolicyNotFoundException.
 */
export async function startLifecycleRun(
  deps: Pick<RepositoryDeps, "metadata" | "clock">,
  call: Pick<Call, "registry">,
  { repositoryName, by }: Pick<InRepository, "repositoryName"> & { readonly by: string },
): Promise<LifecycleRunView> {
  return deps.metadata.write(call.registry, async (tx) => {
    const { id } = await findRepository(tx, repositoryName);
    const document = await readRepositoryDocument(tx, id, "lifecycle");
    if (document === undefined) throw lifecyclePolicyNotFound(call.registry, repositoryName);
    const now_ms = deps.clock.now();
    const open = await currentRun(tx, document, now_ms);
    const run: LifecycleRunRow = {
      ...(open ?? { ...newRun(id, now_ms), asked_by: by }),
      ...(open?.status === "HELD" && { status: "QUEUED" }),
    };
    await tx.run(open === undefined ? insertRun : updateRun, run);
    await tx.enqueue(runLifecyclePolicyJob(id, { hasten: true }));
    return viewRun(run, repositoryName);
  });
}
