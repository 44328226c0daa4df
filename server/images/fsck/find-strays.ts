import { setImmediate as nextTurn } from "node:timers/promises";
import type { FsckDeps, Finding } from "../../layers/scrub/finding.ts";
import { query } from "../../platform/metadata/query.ts";
import { sweepRepositoryJob } from "../../repositories/jobs.ts";

/** Tables whose rows belong to a repository, each with a step to the next repository that has any. */
const TABLES = (["layers", "manifests", "manifest_layers", "manifest_children", "tags", "resource_tags"] as const).map(
  (table) => ({
    table,
    next: query<{ after: number }>()((db, p) =>
      db.selectFrom(table).select("repository_id").where("repository_id", ">", p.after).orderBy("repository_id").limit(1),
    ),
  }),
);

/** The repository that an id means. */
export const repositoryOfId = query<{ id: number }>()((db, p) =>
  db.selectFrom("repositories").select(["account", "region", "name"]).where("id", "=", p.id),
);

const deletedRepository = query<{ id: number }>()((db, p) =>
  db.selectFrom("deleted_repositories").select("id").where("id", "=", p.id),
);
const job = query<{ key: string }>()((db, p) =>
  db.selectFrom("jobs").select("key").where("key", "=", p.key).where("parked", "=", 0),
);

/** Repositories that are neither there nor can come back, and have left rows that nobody is going to remove. */
export async function* findStrays({ metadata, clock, signal }: FsckDeps): AsyncGenerator<Finding> {
  for (const { table, next } of TABLES) {
    for (let after = 0; ; ) {
      await nextTurn();
      signal.throwIfAborted();
      const found = await metadata.readGlobal(async (tx) => {
        const row = await tx.first(next, { after });
        if (row === undefined) return undefined;
        const { repository_id: id } = row;
        const sweep = sweepRepositoryJob(id, clock.now());
        const isExpected =
          (await tx.first(repositoryOfId, { id })) !== undefined ||
          (await tx.first(deletedRepository, { id })) !== undefined ||
          (await tx.first(job, sweep)) !== undefined;
        return { id, sweep, isExpected };
      });
      if (found === undefined) break;
      after = found.id;
      if (found.isExpected) continue;
      const repair: Finding["repair"] = async (deps) => {
        await deps.metadata.writeGlobal((tx) => tx.enqueue(found.sweep));
        return true;
      };
      yield { kind: "stray-rows", what: table, repository_id: found.id, repair };
    }
  }
}
