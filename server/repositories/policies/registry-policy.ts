import type { Call } from "../../kernel/call.ts";
import { RegistryError } from "../../kernel/errors.ts";
import type { RegistryId } from "../../kernel/names.ts";
import { parseRegistryPolicy } from "../../policies/resource-policies.ts";
import type { RepositoryDeps } from "../deps.ts";
import { readPrincipals } from "./read-principals.ts";
import { readRegistryDocument, takeRegistryDocument, writeRegistryDocument } from "../documents.ts";

/** Input of PutRegistryPolicy. */
export interface PutRegistryPolicyInput {
  readonly policyText: string;
}

/** Sets the policy of the registry in place of the one before it. Throws InvalidParameterException for a text that is none. */
export async function putRegistryPolicy(
  deps: RepositoryDeps,
  { registry }: Call,
  { policyText: text }: PutRegistryPolicyInput,
): Promise<object> {
  const policy = parseRegistryPolicy(text);
  await deps.metadata.write(registry, async (tx) => {
    const principals = await readPrincipals(tx, policy);
    await writeRegistryDocument(tx, { kind: "policy", text, principals, now_ms: deps.clock.now() });
  });
  return view(registry, text);
}

/** The policy of the registry, as it was set. Throws RegistryPolicyNotFoundException. */
export async function getRegistryPolicy(deps: RepositoryDeps, { registry }: Call): Promise<object> {
  const row = await deps.metadata.read(registry, (tx) => readRegistryDocument(tx, "policy"));
  if (row === undefined) throw policyNotFound(registry);
  return view(registry, row.text);
}

/** Takes the policy of the registry away and returns it. Throws RegistryPolicyNotFoundException. */
export async function deleteRegistryPolicy(deps: RepositoryDeps, { registry }: Call): Promise<object> {
  const row = await deps.metadata.write(registry, (tx) => takeRegistryDocument(tx, "policy"));
  if (row === undefined) throw policyNotFound(registry);
  return view(registry, row.text);
}

function view(registry: RegistryId, policyText: string): object {
  return { registryId: registry.account, policyText };
}

function policyNotFound({ account }: RegistryId): RegistryError {
  return new RegistryError(
    "RegistryPolicyNotFoundException",
    `Registry policy does not exist in the registry with id '${account}'`,
  );
}
