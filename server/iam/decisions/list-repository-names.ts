import { PAGE_SIZE_MAX } from "../../kernel/limits.ts";
import type { RegistryId } from "../../kernel/names.ts";
import type { Metadata } from "../../platform/metadata/metadata.ts";
import { query } from "../../platform/metadata/query.ts";
import { pages } from "./list-principals.ts";

const namesAfter = query<{ account: string; region: string; after: string; limit: number }>()((db, p) =>
  db
    .selectFrom("repositories")
    .select("name")
    .where("account", "=", p.account)
    .where("region", "=", p.region)
    .where("name", ">", p.after)
    .orderBy("name")
    .limit(p.limit),
);

/** The names of a registry's repositories, in their order. */
export function listRepositoryNames(metadata: Metadata, registry: RegistryId): AsyncGenerator<{ readonly name: string }> {
  return pages((last) =>
    metadata.read(registry, (tx) => tx.all(namesAfter, { ...registry, after: last?.name ?? "", limit: PAGE_SIZE_MAX })),
  );
}
