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
    tagged: p.tagged,
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
    .where("digest", "in", (q) =>
      q.selectFrom("lifecycle_preview_results").select("digest").where("repository_id", "=", p.repository).limit(p.limit),
    ),
);

export const resultsAfter = query<InRepository & { tagged: number; after: string; limit: number }>()((db, p) =>
  db
    .selectFrom("lifecycle_preview_results")
    .selectAll()
    .where("repository_id", "=", p.repository)
    .where("tagged", "=", p.tagged)
    .where("digest", ">", p.after)
    .orderBy("digest")
    .limit(p.limit),
);

/** The results for a list of images (JSON). */
export const resultsAmong = query<InRepository & { tagged: number; digests: string }>()((db, p, dialect) =>
  db
    .selectFrom("lifecycle_preview_results")
    .selectAll()
    .where("repository_id", "=", p.repository)
    .where("tagged", "=", p.tagged)
    .where("digest", "in", inList(dialect, p.digests))
    .orderBy("digest"),
);

/** What ECR calls the state of a preview at a time: its results are kept for a day. */
export function statusOf(preview: LifecyclePreviewRow, now_ms: number): PreviewStatus {
  return preview.started_ms <= expiredBefore(now_ms) ? "EXPIRED" : (preview.status as PreviewStatus);
}

/** Previews that were started by then have expired. */
export function expiredBefore(now_ms: number): number {
  return now_ms - PREVIEW_LIFETIME_S * 1000;
}
