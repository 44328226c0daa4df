import type { Call } from "../../kernel/call.ts";
import { RegistryError } from "../../kernel/errors.ts";
import { type RegistryId, type RepositoryName, repositoryArn } from "../../kernel/names.ts";
import type { Authorizer } from "../../policies/authorizer.ts";
import type { PolicyDocument } from "../../policies/document.ts";
import { heldBy, holdPrincipals } from "../../policies/hold-principals.ts";
import { locksOut } from "../../policies/lock-out.ts";
import { invalidPolicy, parseRepositoryPolicy } from "../../policies/resource-policies.ts";
import type { RepositoryDeps } from "../deps.ts";
import { readRepositoryDocument, takeRepositoryDocument, writeRepositoryDocument } from "../documents.ts";
import { findRepository } from "../find-repository.ts";
import { onRegistry, type RegistryInput } from "../shapes.ts";
import { readPrincipals } from "./read-principals.ts";

/** What setting a policy needs: who asks whether it locks its caller out. */
export interface PolicyDeps extends RepositoryDeps {
  readonly authorizer: Authorizer;
}

/** Input of GetRepositoryPolicy and DeleteRepositoryPolicy. */
export interface RepositoryPolicyInput extends RegistryInput {
  readonly repositoryName: RepositoryName;
}

/** Input of SetRepositoryPolicy. */
export interface SetRepositoryPolicyInput extends RepositoryPolicyInput {
  readonly policyText: string;
  readonly force?: boolean;
}

/**
 * Sets the policy of a repository in place of the one before it. Throws RepositoryNotFoundException, and
 * InvalidParameterException for a text that is no repository policy, and for one that would keep the caller from setting
 * another unless it is forced.
 */
export async function setRepositoryPolicy(deps: PolicyDeps, reached: Call, input: SetRepositoryPolicyInput): Promise<object> {
  const call = onRegistry(reached, input);
  const { registry } = call;
  const { policyText: text } = input;
  const policy = parseRepositoryPolicy(text);
  if (input.force !== true) await refuseLockOut(deps, call, input, policy);
  await deps.metadata.write(registry, async (tx) => {
    const { id } = await findRepository(tx, input.repositoryName);
    const principals = await readPrincipals(tx, policy);
    await writeRepositoryDocument(tx, id, { kind: "policy", text, principals, now_ms: deps.clock.now() });
  });
  return view(registry, input, text);
}

/** ECR: such a policy has to be forced; that the refusal has these words is a guess. (API reference, SetRepositoryPolicy) */
async function refuseLockOut(
  { metadata, authorizer }: PolicyDeps,
  call: Call,
  { repositoryName }: SetRepositoryPolicyInput,
  policy: PolicyDocument,
): Promise<void> {
  const { registry } = call;
  const principals = await metadata.read(registry, async (tx) => {
    await findRepository(tx, repositoryName);
    return readPrincipals(tx, policy);
  });
  const ask = { action: "ecr:SetRepositoryPolicy", resource: repositoryArn(registry, repositoryName) };
  const held = holdPrincipals(policy, heldBy(principals));
  if (await locksOut(authorizer, call, ask, held)) throw invalidPolicy("repository");
}

/** The policy of a repository, as it was set. Throws RepositoryNotFoundException or RepositoryPolicyNotFoundException. */
export async function getRepositoryPolicy(deps: RepositoryDeps, reached: Call, input: RepositoryPolicyInput): Promise<object> {
  const { registry } = onRegistry(reached, input);
  const row = await deps.metadata.read(registry, async (tx) => {
    const { id } = await findRepository(tx, input.repositoryName);
    return readRepositoryDocument(tx, id, "policy");
  });
  if (row === undefined) throw policyNotFound(registry, input);
  return view(registry, input, row.text);
}

/** Takes the policy of a repository away and returns it. Throws RepositoryNotFoundException or RepositoryPolicyNotFoundException. */
export async function deleteRepositoryPolicy(deps: RepositoryDeps, reached: Call, input: RepositoryPolicyInput): Promise<object> {
  const { registry } = onRegistry(reached, input);
  const row = await deps.metadata.write(registry, async (tx) => {
    const { id } = await findRepository(tx, input.repositoryName);
    return takeRepositoryDocument(tx, id, "policy");
  });
  if (row === undefined) throw policyNotFound(registry, input);
  return view(registry, input, row.text);
}

function view(registry: RegistryId, { repositoryName }: RepositoryPolicyInput, policyText: string): object {
  return { registryId: registry.account, repositoryName, policyText };
}

function policyNotFound(registry: RegistryId, { repositoryName }: RepositoryPolicyInput): RegistryError {
  return new RegistryError(
    "RepositoryPolicyNotFoundException",
    `Repository policy does not exist for the repository with name '${repositoryName}' in the registry with id '${registry.account}'`,
  );
}
