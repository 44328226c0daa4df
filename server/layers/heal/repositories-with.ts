import type { AccountId, Digest, Region, RegistryId, RepositoryName } from "../../kernel/names.ts";
import type { Metadata } from "../../platform/metadata/metadata.ts";
import { query } from "../../platform/metadata/query.ts";

/** Names that a peer is asked about for one layer. */
const NAMES_MAX = 100;

const repositoriesWith = query<{ digest: string; limit: number }>()((db, p) =>
  db
    .selectFrom("layers")
    .innerJoin("repositories", "repositories.id", "layers.repository_id")
    .select(["repositories.id", "repositories.account", "repositories.region", "repositories.name", "layers.size"])
    .where("layers.digest", "=", p.digest)
    .orderBy("layers.repository_id")
    .limit(p.limit),
);

/** They can come back, and then want their layers. */
const deletedRepositoriesWith = query<{ digest: string; limit: number }>()((db, p) =>
  db
    .selectFrom("layers")
    .innerJoin("deleted_repositories", "deleted_repositories.id", "layers.repository_id")
    .select([
      "deleted_repositories.id",
      "deleted_repositories.account",
      "deleted_repositories.region",
      "deleted_repositories.name",
      "layers.size",
    ])
    .where("layers.digest", "=", p.digest)
    .orderBy("layers.repository_id")
    .limit(p.limit),
);

/** A repository with a layer of a digest, and the layer's size as it has it. */
export interface RepositoryWith {
  readonly id: number;
  readonly registry: RegistryId;
  readonly name: RepositoryName;
  readonly size: number;
}

/** Repositories of all registries that have a layer, one of each name, those that are deleted behind the others. */
export async function repositoriesWithLayer(metadata: Metadata, digest: Digest): Promise<readonly RepositoryWith[]> {
  const rows = await metadata.readGlobal(async (tx) => [
    ...(await tx.all(repositoriesWith, { digest, limit: NAMES_MAX })),
    ...(await tx.all(deletedRepositoriesWith, { digest, limit: NAMES_MAX })),
  ]);
  const named = new Map<string, RepositoryWith>();
  for (const { id, account, region, name, size } of rows) {
    if (named.has(name) || named.size === NAMES_MAX) continue;
    const registry = { account: account as AccountId, region: region as Region };
    named.set(name, { id, registry, name: name as RepositoryName, size });
  }
  return [...named.values()];
}
