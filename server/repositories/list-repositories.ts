import { PAGE_SIZE_MAX } from "../kernel/limits.ts";
import type { RegistryId } from "../kernel/names.ts";
import { type Page, toPage } from "../kernel/page.ts";
import type { Metadata } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";

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

/** The names of a registry's repositories in bytewise order, from behind `after`. */
export async function listRepositoryNames(
  deps: { readonly metadata: Metadata },
  registry: RegistryId,
  { after = "", size }: { readonly after?: string | undefined; readonly size: number },
): Promise<Page<string>> {
  const rows = await deps.metadata.read(registry, (tx) => tx.all(namesAfter, { ...registry, after, limit: size + 1 }));
  return toPage(
    rows.map((it) => it.name),
    size,
    (name) => name,
  );
}

/** The names of all of a registry's repositories, in the same order, read page by page. */
export async function* allRepositoryNames(deps: { readonly metadata: Metadata }, registry: RegistryId): AsyncGenerator<string> {
  for (let after: string | undefined = ""; after !== undefined; ) {
    const page: Page<string> = await listRepositoryNames(deps, registry, { after, size: PAGE_SIZE_MAX });
    yield* page.items;
    after = page.next;
  }
}
