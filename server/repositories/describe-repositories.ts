import { invalidParameter } from "../kernel/errors.ts";
import type { Call } from "../kernel/call.ts";
import { PAGE_SIZE_DEFAULT } from "../kernel/limits.ts";
import type { RepositoryName } from "../kernel/names.ts";
import { toPage } from "../kernel/page.ts";
import { openPageToken, sealPageToken } from "../keys/page-token.ts";
import { query } from "../platform/metadata/query.ts";
import type { RepositoryRow } from "../platform/metadata/schema.ts";
import type { RepositoryDeps } from "./deps.ts";
import { findRepository } from "./find-repository.ts";
import { repositoryView } from "./repository-view.ts";
import { onRegistry, type RegistryInput } from "./shapes.ts";

/** Input of DescribeRepositories. */
export interface DescribeRepositoriesInput extends RegistryInput {
  readonly repositoryNames?: readonly RepositoryName[];
  readonly nextToken?: string;
  readonly maxResults?: number;
}

const repositoriesAfter = query<{ account: string; region: string; after: string; limit: number }>()((db, p) =>
  db
    .selectFrom("repositories")
    .selectAll()
    .where("account", "=", p.account)
    .where("region", "=", p.region)
    .where("name", ">", p.after)
    .orderBy("name")
    .limit(p.limit),
);

/** The named repositories, all of which must be there (RepositoryNotFoundException), or a page of the registry's, by name. */
export async function describeRepositories(
  deps: RepositoryDeps,
  reached: Call,
  input: DescribeRepositoriesInput,
): Promise<object> {
  const call = onRegistry(reached, input);
  if (input.repositoryNames === undefined) return describePage(deps, call, input);
  for (const member of ["nextToken", "maxResults"] as const) {
    if (input[member] !== undefined) throw invalidParameter(member, "Member must be null when repositoryNames is set");
  }
  const names = new Set(input.repositoryNames);
  const rows = await deps.metadata.read(call.registry, async (tx) => {
    const found: RepositoryRow[] = [];
    for (const name of names) found.push(await findRepository(tx, name));
    return found;
  });
  return { repositories: rows.map((it) => repositoryView(call, it)) };
}

async function describePage(deps: RepositoryDeps, call: Call, input: DescribeRepositoriesInput): Promise<object> {
  const { registry } = call;
  const scope = `DescribeRepositories ${registry.account} ${registry.region}`;
  const after = openPageToken(deps.sealer, scope, input.nextToken) ?? "";
  const size = input.maxResults ?? PAGE_SIZE_DEFAULT;
  const rows = await deps.metadata.read(registry, (tx) => tx.all(repositoriesAfter, { ...registry, after, limit: size + 1 }));
  const page = toPage(rows, size, (it) => it.name);
  const nextToken = sealPageToken(deps.sealer, scope, page.next);
  return { repositories: page.items.map((it) => repositoryView(call, it)), ...(nextToken === undefined ? {} : { nextToken }) };
}
