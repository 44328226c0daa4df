import { RegistryError } from "../kernel/errors.ts";
import type { RegistryId, RepositoryName } from "../kernel/names.ts";
import type { Reader, Writer } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";
import type { RepositoryRow } from "../platform/metadata/schema.ts";

const repositoryByName = query<{ account: string; region: string; name: string }>()((db, p) =>
  db
    .selectFrom("repositories")
    .selectAll()
    .where("account", "=", p.account)
    .where("region", "=", p.region)
    .where("name", "=", p.name),
);

/** The repository of this name in the registry that is open, or undefined. */
export function lookUpRepository(tx: Reader, name: RepositoryName): Promise<RepositoryRow | undefined> {
  return tx.first(repositoryByName, { ...tx.registry, name });
}

/** How what writes comes to its repository: `findRepository`, or a function that makes the repository where it is not there. */
export type FindRepository = (tx: Writer, name: RepositoryName) => Promise<RepositoryRow>;

/** The repository of this name in the registry that is open. Throws RepositoryNotFoundException. */
export async function findRepository(tx: Reader, name: RepositoryName): Promise<RepositoryRow> {
  const row = await lookUpRepository(tx, name);
  if (row === undefined) throw repositoryNotFound(tx.registry, name);
  return row;
}

/** ECR's words for a repository that is not there. */
export function repositoryNotFound(registry: RegistryId, name: string): RegistryError {
  return new RegistryError(
    "RepositoryNotFoundException",
    `The repository with name '${name}' does not exist in the registry with id '${registry.account}'`,
  );
}
