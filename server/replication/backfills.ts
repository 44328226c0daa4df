import type { Call } from "../kernel/call.ts";
import { RegistryError } from "../kernel/errors.ts";
import { openPageToken } from "../keys/page-token.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";
import { onRegistry, type RegistryInput } from "../repositories/shapes.ts";
import { type ReplicationDestination, readReplicationConfiguration } from "./configuration.ts";

/** Input of an operation on one backfill. */
export interface BackfillInput extends RegistryInput {
  readonly replicationBackfillId: string;
}

/**
 * Would begin to copy the images that were there before replication was configured. Nothing copies yet, so it always throws
 * ValidationException: because the destination is not configured, or because of that.
 */
export async function startReplicationBackfill(
  deps: RepositoryDeps,
  reached: Call,
  input: RegistryInput & { readonly destination: ReplicationDestination },
): Promise<object> {
  const { registry } = onRegistry(reached, input);
  const { region, registryId } = input.destination;
  const { rules } = await deps.metadata.read(registry, readReplicationConfiguration);
  const isConfigured = rules.some(({ destinations }) =>
    destinations.some((it) => it.region === region && it.registryId === registryId),
  );
  throw new RegistryError(
    "ValidationException",
    isConfigured
      ? "Replication backfills are not available on this server yet: it does not replicate images."
      : `The registry with id '${registryId}' in ${region} is not a destination of the replication configuration of the ` +
          `registry with id '${registry.account}'`,
  );
}

/** A page of the registry's backfills: there are none. */
export async function listReplicationBackfills(
  deps: RepositoryDeps,
  reached: Call,
  input: RegistryInput & { readonly nextToken?: string },
): Promise<object> {
  const { registry } = onRegistry(reached, input);
  openPageToken(deps.sealer, `ListReplicationBackfills ${registry.account} ${registry.region}`, input.nextToken);
  return { registryId: registry.account, backfills: [] };
}

/** For every operation on one backfill. Always throws ReplicationBackfillNotFoundException. */
export async function findReplicationBackfill(reached: Call, input: BackfillInput): Promise<object> {
  const { registry } = onRegistry(reached, input);
  throw new RegistryError(
    "ReplicationBackfillNotFoundException",
    `The replication backfill with id '${input.replicationBackfillId}' does not exist in the registry with id '${registry.account}'`,
  );
}
