import type { Call } from "../kernel/call.ts";
import { RegistryError } from "../kernel/errors.ts";
import type { RegistryId } from "../kernel/names.ts";
import type { RegistryDocumentRow } from "../platform/metadata/schema.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";
import { readRegistryDocument, takeRegistryDocument, writeRegistryDocument } from "../repositories/documents.ts";
import { checkSigningConfiguration, type SigningConfiguration } from "./configuration.ts";

/** Input of PutSigningConfiguration. */
export interface PutSigningConfigurationInput {
  readonly signingConfiguration: SigningConfiguration;
}

/** Sets the registry's signing configuration in place of the one before. */
export async function putSigningConfiguration(
  deps: RepositoryDeps,
  { registry }: Call,
  { signingConfiguration }: PutSigningConfigurationInput,
): Promise<object> {
  checkSigningConfiguration(registry, signingConfiguration);
  const document = { kind: "signing", text: JSON.stringify(signingConfiguration), now_ms: deps.clock.now() } as const;
  await deps.metadata.write(registry, (tx) => writeRegistryDocument(tx, document));
  return { signingConfiguration };
}

/** The registry's signing configuration. Throws SigningConfigurationNotFoundException. */
export async function getSigningConfiguration(deps: RepositoryDeps, { registry }: Call): Promise<object> {
  return present(registry, await deps.metadata.read(registry, (tx) => readRegistryDocument(tx, "signing")));
}

/** Removes the registry's signing configuration and shows what it was. Throws SigningConfigurationNotFoundException. */
export async function deleteSigningConfiguration(deps: RepositoryDeps, { registry }: Call): Promise<object> {
  return present(registry, await deps.metadata.write(registry, (tx) => takeRegistryDocument(tx, "signing")));
}

function present({ account }: RegistryId, document: RegistryDocumentRow | undefined): object {
  if (document === undefined) {
    throw new RegistryError(
      "SigningConfigurationNotFoundException",
      `Signing configuration does not exist in the registry with id '${account}'`,
    );
  }
  return { registryId: account, signingConfiguration: JSON.parse(document.text) as SigningConfiguration };
}
