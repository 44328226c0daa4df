import type { Call } from "../kernel/call.ts";
import { RegistryError } from "../kernel/errors.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";
import { readRepositoryDocument } from "../repositories/documents.ts";
import { findRepository } from "../repositories/find-repository.ts";
import { lifecyclePolicyNotFound } from "./errors.ts";
import { previewJob } from "./jobs.ts";
import { checkLifecyclePolicy } from "./parse-policy.ts";
import { previewOf, statusOf, upsertPreview } from "./preview-rows.ts";
import type { InRepository } from "./shapes.ts";

/** Input of StartLifecyclePolicyPreview. */
export interface StartPreviewInput extends InRepository {
  /** The policy that the repository has, when absent. */
  readonly lifecyclePolicyText?: string;
}

/**
 * Begins to find out what a policy would do, in the place of an earlier preview. Throws InvalidParameterException,
 * RepositoryNotFoundException, LifecyclePolicyNotFoundException, LifecyclePolicyPreviewInProgressException.
 */
export async function startLifecyclePolicyPreview(deps: RepositoryDeps, call: Call, input: StartPreviewInput): Promise<object> {
  const { repositoryName, lifecyclePolicyText } = input;
  if (lifecyclePolicyText !== undefined) checkLifecyclePolicy(lifecyclePolicyText);
  const text = await deps.metadata.write(call.registry, async (tx) => {
    const { id } = await findRepository(tx, repositoryName);
    const policy = lifecyclePolicyText ?? (await readRepositoryDocument(tx, id, "lifecycle"))?.text;
    if (policy === undefined) throw lifecyclePolicyNotFound(call.registry, repositoryName);

    const started_ms = deps.clock.now();
    const earlier = await tx.first(previewOf, { repository: id });
    if (earlier !== undefined && statusOf(earlier, started_ms) === "IN_PROGRESS") throw previewInProgress();
    await tx.run(upsertPreview, { repository_id: id, text: policy, started_ms });
    await tx.enqueue(previewJob(id));
    return policy;
  });
  return { registryId: call.registry.account, repositoryName, lifecyclePolicyText: text, status: "IN_PROGRESS" };
}

/** ECR: the model's description; the text of an answer is not known. */
function previewInProgress(): RegistryError {
  return new RegistryError(
    "LifecyclePolicyPreviewInProgressException",
    "The previous lifecycle policy preview request has not completed. Wait and try again.",
  );
}
