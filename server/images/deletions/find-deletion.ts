import type { RegistryId, RepositoryName } from "../../kernel/names.ts";
import type { Metadata } from "../../platform/metadata/metadata.ts";
import { query } from "../../platform/metadata/query.ts";
import { endOfRepository } from "../../repositories/deleted-repository-rows.ts";
import type { DeletionKind } from "../../repositories/deletion-rows.ts";
import { deletionById } from "./kept-rows.ts";

/** What a deletion took, and from where. */
export interface FoundDeletion {
  readonly kind: DeletionKind;
  /** The name that the repository had then. */
  readonly repository: RepositoryName;
  /** The name that it has now; undefined when it is gone. */
  readonly repositoryNow: RepositoryName | undefined;
  /** The deletion that took the repository and can be undone; undefined when there is none. */
  readonly repositoryDeletionId: string | undefined;
}

const nameOfRepository = query<{ account: string; region: string; id: number }>()((db, p) =>
  db
    .selectFrom("repositories")
    .select("name")
    .where("id", "=", p.id)
    .where("account", "=", p.account)
    .where("region", "=", p.region),
);

/** The deletion of this id in a registry, or undefined. */
export async function findDeletion(
  { metadata, clock }: { readonly metadata: Metadata; readonly clock: { now(): number } },
  registry: RegistryId,
  id: string,
): Promise<FoundDeletion | undefined> {
  return metadata.read(registry, async (tx) => {
    const row = await tx.first(deletionById, { ...registry, id });
    if (row === undefined) return undefined;
    const now = await tx.first(nameOfRepository, { ...registry, id: row.repository_id });
    const gone = await tx.first(endOfRepository, { id: row.repository_id });
    const comesBack = gone !== undefined && gone.restorable_until_ms > clock.now();
    return {
      kind: row.kind as DeletionKind,
      repository: row.repository as RepositoryName,
      repositoryNow: now?.name as RepositoryName | undefined,
      repositoryDeletionId: comesBack ? gone.deletion_id : undefined,
    };
  });
}
