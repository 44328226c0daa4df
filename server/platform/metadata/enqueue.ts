import { sql } from "kysely";
import type { Job } from "../../kernel/job.ts";
import { query } from "./query.ts";

/**
 * Adds a job, once for each key. One that waits stays as it is. One that is being worked on may be past what is asked for
 * now, so it gets a later due time, by which its worker knows that it must run again. One that was parked starts afresh.
 */
export const insertJob = query<{ key: string; kind: string; payload: string; due_ms: number }>()((db, p) =>
  db
    .insertInto("jobs")
    .values({
      key: p.key,
      kind: p.kind,
      payload: p.payload,
      due_ms: p.due_ms,
      attempts: 0,
      lease_owner: null,
      lease_until_ms: null,
      parked: 0,
      error: null,
    })
    .onConflict((conflict) =>
      conflict
        .column("key")
        .doUpdateSet({
          payload: (eb) => eb.ref("excluded.payload"),
          due_ms: sql<number>`case when excluded.due_ms > jobs.due_ms then excluded.due_ms else jobs.due_ms + 1 end`,
          attempts: 0,
          parked: 0,
          error: null,
        })
        .where((eb) => eb.or([eb("jobs.lease_owner", "is not", null), eb("jobs.parked", "=", 1)])),
    ),
);

/** Lets a job that waits for later be due earlier. */
export const hastenJob = query<{ key: string; due_ms: number }>()((db, p) =>
  db
    .updateTable("jobs")
    .set({ due_ms: p.due_ms })
    .where("key", "=", p.key)
    .where("lease_owner", "is", null)
    .where("due_ms", ">", p.due_ms),
);

/** The parameters of `insertJob` for a job that is due at `now_ms` if it does not say when. */
export function jobParameters(job: Job, now_ms: number) {
  return { key: job.key, kind: job.kind, payload: JSON.stringify(job.payload ?? null), due_ms: job.due ?? now_ms };
}
