import { PREVIEW_LIFETIME_S } from "../kernel/limits.ts";
import { inList } from "../platform/metadata/in-list.ts";
import { query } from "../platform/metadata/query.ts";
import type { LifecyclePreviewResultRow, LifecyclePreviewRow } from "../platform/metadata/schema.ts";

/** The queries of previews, and what their rows mean. */

/** Results in one transaction: small enough that others who write need not wait long. */
export const RESULTS_BATCH_ROWS = 100;

export type PreviewStatus = "IN_PROGRESS" | "COMPLETE" | "EXPIRED" | "FAILED";

type InRepository = { repository: number };

export const previewOf = query<InRepository>()((db, p) =>
  db.selectFrom("lifecycle_previews").selectAll().where("repository_id", "=", p.repository),
);

export const upsertPreview = query<Pick<LifecyclePreviewRow, "repository_id" | "text" | "started_ms">>()((db, p) =>
  db
    .insertInto("lifecycle_previews")
    .values({
      repository_id: p.repository_id,
      text: p.text,
      status: "IN_PROGRESS",
      started_ms: p.started_ms,
      run: null,
      expiring: 0,
      transitioning: 0,
    })
    .onConflict((conflict) =>
      conflict.column("repository_id").doUpdateSet({ text: p.text, status: "IN_PROGRESS", started_ms: p.started_ms, run: null }),
    ),
);

export const setRun = query<InRepository & { run: string }>()((db, p) =>
  db.updateTable("lifecycle_previews").set({ run: p.run }).where("repository_id", "=", p.repository),
);

export const setPreviewStatus = query<InRepository & { status: PreviewStatus }>()((db, p) =>
  db.updateTable("lifecycle_previews").set({ status: p.status }).where("repository_id", "=", p.repository),
);

export const completePreview = query<InRepository & { expiring: number; transitioning: number }>()((db, p) =>
  db
    .updateTable("lifecycle_previews")
    .set({ status: "COMPLETE", expiring: p.expiring, transitioning: p.transitioning })
    .where("repository_id", "=", p.repository),
);

/** Previews of one status that were started before then, the oldest first. */
export const previewsBefore = query<{ status: string; before_ms: number; limit: number }>()((db, p) =>
  db
    .selectFrom("lifecycle_previews")
    .select("repository_id")
    .where("status", "=", p.status)
    .where("started_ms", "<=", p.before_ms)
    .orderBy("started_ms")
    .limit(p.limit),
);

export const insertResult = query<LifecyclePreviewResultRow>()((db, p) =>
  db.insertInto("lifecycle_preview_results").values({
    repository_id: p.repository_id,
    position: p.position,
    digest: p.digest,
    tags: p.tags,
    pushed_ms: p.pushed_ms,
    action: p.action,
    priority: p.priority,
    storage_class: p.storage_class,
  }),
);

export const deleteResults = query<InRepository & { limit: number }>()((db, p) =>
  db
    .deleteFrom("lifecycle_preview_results")
    .where("repository_id", "=", p.repository)
    .where("position", "in", (q) =>
      q.selectFrom("lifecycle_preview_results").select("position").where("repository_id", "=", p.repository).limit(p.limit),
    ),
);

/** Results whose position is behind `after` and before `end`. */
export const resultsBetween = query<InRepository & { after: string; end: string; limit: number }>()((db, p) =>
  db
    .selectFrom("lifecycle_preview_results")
    .selectAll()
    .where("repository_id", "=", p.repository)
    .where("position", ">", p.after)
    .where("position", "<", p.end)
    .orderBy("position")
    .limit(p.limit),
);

/** The results at a list of positions (JSON). */
export const resultsAt = query<InRepository & { positions: string }>()((db, p, dialect) =>
  db
    .selectFrom("lifecycle_preview_results")
    .selectAll()
    .where("repository_id", "=", p.repository)
    .where("position", "in", inList(dialect, p.positions))
    .orderBy("position"),
);

/** What ECR calls the state of a preview at a time: its results are kept for a day. */
export function statusOf(preview: LifecyclePreviewRow, now_ms: number): PreviewStatus {
  return preview.started_ms <= expiredBefore(now_ms) ? "EXPIRED" : (preview.status as PreviewStatus);
}

/** Previews that were started by then have expired. */
export function expiredBefore(now_ms: number): number {
  return now_ms - PREVIEW_LIFETIME_S * 1000;
}
