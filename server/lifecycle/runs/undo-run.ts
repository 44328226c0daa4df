import type { RegistryId } from "../../kernel/names.ts";
import type { Metadata } from "../../platform/metadata/metadata.ts";
import { query } from "../../platform/metadata/query.ts";
import type { RunStatus } from "./run-rows.ts";

const markUndone = query<{ account: string; region: string; id: string; complete: RunStatus; undone: RunStatus }>()((db, p) =>
  db
    .updateTable("lifecycle_runs")
    .set({ status: p.undone })
    .where("id", "=", p.id)
    .where("status", "=", p.complete)
    .where("repository_id", "in", (it) =>
      it.selectFrom("repositories").select("repositories.id").where("account", "=", p.account).where("region", "=", p.region),
    ),
);

/** Notes that what a run has removed was brought back: it was not wanted, and so is no precedent for another that removes as much. */
export async function noteRunUndone(
  { metadata }: { readonly metadata: Metadata },
  registry: RegistryId,
  id: string,
): Promise<void> {
  await metadata.write(registry, (tx) => tx.run(markUndone, { ...registry, id, complete: "COMPLETE", undone: "UNDONE" }));
}
