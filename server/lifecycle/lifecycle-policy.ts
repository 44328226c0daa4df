import type { Call } from "../kernel/call.ts";
import type { RepositoryDocumentRow } from "../platform/metadata/schema.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";
import { readRepositoryDocument, takeRepositoryDocument, writeRepositoryDocument } from "../repositories/documents.ts";
import { findRepository } from "../repositories/find-repository.ts";
import { lifecyclePolicyNotFound } from "./errors.ts";
import { checkLifecyclePolicy } from "./parse-policy.ts";
import type { InRepository } from "./shapes.ts";

/** Input of PutLifecyclePolicy. */
export interface PutLifecyclePolicyInput extends InRepository {
  readonly lifecyclePolicyText: string;
}

/**
 * Sets the lifecycle policy of a repository in place of the one before it. The text is kept as it was sent.
 * Throws InvalidParameterException, RepositoryNotFoundException.
 */
export async function putLifecyclePolicy(deps: RepositoryDeps, call: Call, input: PutLifecyclePolicyInput): Promise<object> {
  const { repositoryName, lifecyclePolicyText: text } = input;
  checkLifecyclePolicy(text);
  await deps.metadata.write(call.registry, async (tx) => {
    const { id } = await findRepository(tx, repositoryName);
    await writeRepositoryDocument(tx, id, { kind: "lifecycle", text, now_ms: deps.clock.now() });
  });
  return { registryId: call.registry.account, repositoryName, lifecyclePolicyText: text };
}

/** The lifecycle policy of a repository. Throws RepositoryNotFoundException, LifecyclePolicyNotFoundException. */
export async function getLifecyclePolicy(
  deps: Pick<RepositoryDeps, "metadata">,
  call: Pick<Call, "registry">,
  input: Pick<InRepository, "repositoryName">,
): Promise<object> {
  const document = await deps.metadata.read(call.registry, async (tx) => {
    const { id } = await findRepository(tx, input.repositoryName);
    return readRepositoryDocument(tx, id, "lifecycle");
  });
  return present(call, input, document);
}

/** Takes the lifecycle policy of a repository away and returns it. Throws what `getLifecyclePolicy` throws. */
export async function deleteLifecyclePolicy(deps: RepositoryDeps, call: Call, input: InRepository): Promise<object> {
  const document = await deps.metadata.write(call.registry, async (tx) => {
    const { id } = await findRepository(tx, input.repositoryName);
    return takeRepositoryDocument(tx, id, "lifecycle");
  });
  return present(call, input, document);
}

function present(
  { registry }: Pick<Call, "registry">,
  { repositoryName }: Pick<InRepository, "repositoryName">,
  document: RepositoryDocumentRow | undefined,
): object {
  if (document === undefined) throw lifecyclePolicyNotFound(registry, repositoryName);
  return {
    registryId: registry.account,
    repositoryName,
    lifecyclePolicyText: document.text,
    // ECR: the epoch before the first evaluation. (an answer quoted in cloud-custodian#9036)
    lastEvaluatedAt: (document.evaluated_ms ?? 0) / 1000,
  };
}
