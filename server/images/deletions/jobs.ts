import type { Job } from "../../kernel/job.ts";
import type { KindRunner } from "../../platform/jobs/worker.ts";
import type { Writer } from "../../platform/metadata/metadata.ts";
import { inList } from "../../platform/metadata/in-list.ts";
import { query } from "../../platform/metadata/query.ts";
import type { ImageDeps } from "../deps.ts";

const KIND = "forget-deletions";
const INTERVAL_MS = 60 * 60 * 1000;
/** Rows in one transaction. Manifests are longer than records. */
const MANIFESTS_BATCH_ROWS = 50;
const RECORDS_BATCH_ROWS = 200;

const forgetManifests = query<{ now_ms: number; limit: number }>()((db, p) =>
  db
    .deleteFrom("deleted_manifests")
    .where("deletion_id", "in", (from) =>
      from
        .selectFrom("deleted_manifests")
        .select("deletion_id")
        .where("restorable_until_ms", "<=", p.now_ms)
        .orderBy("restorable_until_ms")
        .limit(p.limit),
    ),
);

const recordsOver = query<{ now_ms: number; limit: number }>()((db, p) =>
  db.selectFrom("deletions").select("id").where("forget_ms", "<=", p.now_ms).orderBy("forget_ms").limit(p.limit),
);

/** The tags of a list of records, some of them at a time; all of a record at once. */
const forgetTags = query<{ ids: string; limit: number }>()((db, p, dialect) =>
  db
    .deleteFrom("deleted_tags")
    .where("deletion_id", "in", (from) =>
      from.selectFrom("deleted_tags").select("deletion_id").where("deletion_id", "in", inList(dialect, p.ids)).limit(p.limit),
    ),
);

const forgetRecords = query<{ ids: string }>()((db, p, dialect) =>
  db.deleteFrom("deletions").where("id", "in", inList(dialect, p.ids)),
);

/**
 * The job that forgets what cannot be brought back any more, and later that it was there. To be enqueued at each start: it comes
 * back by itself, and there is one of it.
 */
export const forgetDeletionsJob: Job = { kind: KIND, key: KIND, payload: {} };

/** The runners of this folder's jobs. */
export function deletionJobs(deps: Pick<ImageDeps, "metadata" | "clock">): readonly KindRunner[] {
  return [
    {
      kind: KIND,
      async run(_payload, signal) {
        const now_ms = deps.clock.now();
        const limit = MANIFESTS_BATCH_ROWS;
        while ((await deps.metadata.writeGlobal((tx) => tx.run(forgetManifests, { now_ms, limit }))) > 0) signal.throwIfAborted();
        while ((await deps.metadata.writeGlobal((tx) => forgetSome(tx, now_ms))) > 0) signal.throwIfAborted();
        return { again_at_ms: deps.clock.now() + INTERVAL_MS };
      },
    },
  ];
}

async function forgetSome(tx: Omit<Writer, "registry">, now_ms: number): Promise<number> {
  const rows = await tx.all(recordsOver, { now_ms, limit: RECORDS_BATCH_ROWS });
  const ids = JSON.stringify(rows.map((it) => it.id));
  const tags = await tx.run(forgetTags, { ids, limit: RECORDS_BATCH_ROWS });
  // They may have more tags than one batch takes: an image may have had a thousand.
  if (tags >= RECORDS_BATCH_ROWS) return tags;
  await tx.run(forgetRecords, { ids });
  return rows.length;
}
