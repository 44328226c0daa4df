import type { Call } from "../kernel/call.ts";
import { writeRegistryDocument } from "../repositories/documents.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";
import { checkReplicationConfiguration, type ReplicationConfiguration, readReplicationConfiguration } from "./configuration.ts";

/** Input of PutReplicationConfiguration. */
export interface PutReplicationConfigurationInput {
  readonly replicationConfiguration: ReplicationConfiguration;
}

/** Sets the registry's replication configuration in place of the one before; without rules, nothing is copied. */
export async function putReplicationConfiguration(
  deps: RepositoryDeps,
  { registry }: Call,
  { replicationConfiguration }: PutReplicationConfigurationInput,
): Promise<object> {
  checkReplicationConfiguration(registry, replicationConfiguration);
  const document = { kind: "replication", text: JSON.stringify(replicationConfiguration), now_ms: deps.clock.now() } as const;
  await deps.metadata.write(registry, (tx) => writeRegistryDocument(tx, document));
  return { replicationConfiguration };
}

/** The registry and its replication configuration. */
export async function describeRegistry(deps: RepositoryDeps, { registry }: Call): Promise<object> {
  const replicationConfiguration = await deps.metadata.read(registry, readReplicationConfiguration);
  return { registryId: registry.account, replicationConfiguration };
}
