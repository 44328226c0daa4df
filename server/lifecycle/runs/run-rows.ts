import { sql } from "kysely";
import { timedId } from "../../kernel/timed-id.ts";
import { inList } from "../../platform/metadata/in-list.ts";
import { query } from "../../platform/metadata/query.ts";
import type { LifecycleRunRow } from "../../platform/metadata/space-schema.ts";

/** The queries of runs, and of what they look at beside images. */

/**
 * QUEUED: somebody has asked for it. RUNNING. HELD: it waits for somebody to approve it. APPROVED: it goes on next. These four are open,
 * and a repository has one of them at most. COMPLETE. FAILED. SUPERSEDED: the policy was changed before it did anything.
 * UNDONE: somebody has brought back what it removed.
 */
export type RunStatus = "QUEUED" | "RUNNING" | "HELD" | "APPROVED" | "COMPLETE" | "FAILED" | "SUPERSEDED" | "UNDONE";

/** A run that has not begun. */
export function newRun(repository_id: number, now_ms: number): LifecycleRunRow {
  const counts = { images: 0, expiring: 0, transitioning: 0, expired: 0, transitioned: 0 };
  const texts = { policy: "", asked_by: null, approved_by: null, error: null };
  return { id: timedId(now_ms), repository_id, status: "QUEUED", started_ms: now_ms, ended_ms: null, ...counts, ...texts };
}

type InRepository = { repository: number };

export const repositoryById = query<{ id: number }>()((db, p) =>
  db.selectFrom("repositories").select(["id", "account", "region", "name"]).where("id", "=", p.id),
);

export const openRunOf = query<InRepository>()((db, p) =>
  db
    .selectFrom("lifecycle_runs")
    .selectAll()
    .where("repository_id", "=", p.repository)
    .where("status", "in", ["QUEUED", "RUNNING", "HELD", "APPROVED"])
    .orderBy("id", "desc")
    .limit(1),
);

export const runById = query<InRepository & { id: string }>()((db, p) =>
  db.selectFrom("lifecycle_runs").selectAll().where("repository_id", "=", p.repository).where("id", "=", p.id),
);

/** Runs of a repository before that one, the newest first. */
export const runsBefore = query<InRepository & { before: string; limit: number }>()((db, p) =>
  db
    .selectFrom("lifecycle_runs")
    .selectAll()
    .where("repository_id", "=", p.repository)
    .where("id", "<", p.before)
    .orderBy("id", "desc")
    .limit(p.limit),
);

export const insertRun = query<LifecycleRunRow>()((db, p) =>
  db.insertInto("lifecycle_runs").values({
    id: p.id,
    repository_id: p.repository_id,
    status: p.status,
    policy: p.policy,
    started_ms: p.started_ms,
    ended_ms: p.ended_ms,
    images: p.images,
    expiring: p.expiring,
    transitioning: p.transitioning,
    expired: p.expired,
    transitioned: p.transitioned,
    asked_by: p.asked_by,
    approved_by: p.approved_by,
    error: p.error,
  }),
);

/** Writes down how a run stands, but for what it has done. */
export const updateRun = query<Omit<LifecycleRunRow, "repository_id" | "expired" | "transitioned" | "asked_by">>()((db, p) =>
  db
    .updateTable("lifecycle_runs")
    .set({
      status: p.status,
      policy: p.policy,
      started_ms: p.started_ms,
      ended_ms: p.ended_ms,
      images: p.images,
      expiring: p.expiring,
      transitioning: p.transitioning,
      approved_by: p.approved_by,
      error: p.error,
    })
    .where("id", "=", p.id),
);

export const closeRun = query<{ id: string; status: RunStatus; ended_ms: number; error: string | null }>()((db, p) =>
  db.updateTable("lifecycle_runs").set({ status: p.status, ended_ms: p.ended_ms, error: p.error }).where("id", "=", p.id),
);

export const countDone = query<{ id: string; expired: number; transitioned: number }>()((db, p) =>
  db
    .updateTable("lifecycle_runs")
    .set((eb) => ({ expired: eb("expired", "+", p.expired), transitioned: eb("transitioned", "+", p.transitioned) }))
    .where("id", "=", p.id),
);

/** Of the complete runs that have removed so many images the one that has removed the largest share of them. */
export const largestRunOf = query<InRepository & { expired_min: number }>()((db, p) =>
  db
    .selectFrom("lifecycle_runs")
    .select(["id", "images", "expired"])
    .where("repository_id", "=", p.repository)
    .where("status", "=", "COMPLETE")
    .where("images", ">", 0)
    .where("expired", ">=", p.expired_min)
    .orderBy(sql`expired * 1.0 / images`, "desc")
    .limit(1),
);

/** Forgets runs that ended long ago, but for some (JSON: their ids). */
export const deleteRunsBefore = query<InRepository & { ended_ms: number; but: string }>()((db, p, dialect) =>
  db
    .deleteFrom("lifecycle_runs")
    .where("repository_id", "=", p.repository)
    .where("ended_ms", "<", p.ended_ms)
    .where("id", "not in", inList(dialect, p.but)),
);

/** Says that a policy was evaluated, if it is still that one. */
export const setEvaluated = query<InRepository & { updated_ms: number; evaluated_ms: number }>()((db, p) =>
  db
    .updateTable("repository_documents")
    .set({ evaluated_ms: p.evaluated_ms })
    .where("repository_id", "=", p.repository)
    .where("kind", "=", "lifecycle")
    .where("updated_ms", "=", p.updated_ms),
);
