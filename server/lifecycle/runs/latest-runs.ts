import type { RegistryId, RepositoryName } from "../../kernel/names.ts";
import type { Metadata } from "../../platform/metadata/metadata.ts";
import { type Builder, query } from "../../platform/metadata/query.ts";
import { type LifecycleRunView, viewRun } from "./view-run.ts";

type InRegistry = { account: string; region: string; limit: number };

const runsInRegistry = query<InRegistry>()((db, p) => selectRuns(db, p));
/** However old: they wait for somebody. */
const heldInRegistry = query<InRegistry>()((db, p) => selectRuns(db, p).where("lifecycle_runs.status", "=", "HELD"));
const runsInRepository = query<InRegistry & { name: string }>()((db, p) =>
  selectRuns(db, p).where("repositories.name", "=", p.name),
);

function selectRuns(db: Builder, p: InRegistry) {
  return db
    .selectFrom("lifecycle_runs")
    .innerJoin("repositories", "repositories.id", "lifecycle_runs.repository_id")
    .selectAll("lifecycle_runs")
    .select("repositories.name")
    .where("repositories.account", "=", p.account)
    .where("repositories.region", "=", p.region)
    .orderBy("lifecycle_runs.id", "desc")
    .limit(p.limit);
}

const policiesAfter = query<InRegistry & { after: string }>()((db, p) =>
  db
    .selectFrom("repositories")
    .innerJoin("repository_documents", "repository_documents.repository_id", "repositories.id")
    .select("repositories.name")
    .where("repositories.account", "=", p.account)
    .where("repositories.region", "=", p.region)
    .where("repositories.name", ">", p.after)
    .where("repository_documents.kind", "=", "lifecycle")
    .orderBy("repositories.name")
    .limit(p.limit),
);

export interface Wanted {
  /** Absent: of all repositories. */
  readonly repositoryName: RepositoryName | undefined;
  readonly limit: number;
}

/** The latest runs of a registry's repositories and those that are held, the newest first. For commands. */
export async function latestRuns(metadata: Metadata, registry: RegistryId, wanted: Wanted): Promise<readonly LifecycleRunView[]> {
  const { repositoryName: name, limit } = wanted;
  const of = { ...registry, limit };
  const rows = await metadata.read(registry, async (tx) => {
    if (name !== undefined) return tx.all(runsInRepository, { ...of, name });
    const latest = await tx.all(runsInRegistry, of);
    const oldest = latest.at(-1)?.id ?? "";
    return [...latest, ...(await tx.all(heldInRegistry, of)).filter((it) => it.id < oldest)];
  });
  return rows.map(({ name: repositoryName, ...row }) => viewRun(row, repositoryName));
}

/** The names of a registry's repositories that have a policy, a page at a time. */
export async function repositoriesWithPolicy(
  metadata: Metadata,
  registry: RegistryId,
  page: { readonly after: string; readonly limit: number },
): Promise<readonly RepositoryName[]> {
  const rows = await metadata.read(registry, (tx) => tx.all(policiesAfter, { ...registry, ...page }));
  return rows.map((it) => it.name as RepositoryName);
}
