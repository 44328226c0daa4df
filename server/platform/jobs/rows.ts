import { query } from "../metadata/query.ts";

/** The job that is due longest, of those kinds that a worker can run: one of an older version leaves a newer one's alone. */
export function nextKeyOf(kinds: readonly string[]) {
  return query<{ now_ms: number }>()((db, p) =>
    db
      .selectFrom("jobs")
      .select("key")
      .where("parked", "=", 0)
      .where("due_ms", "<=", p.now_ms)
      .where("kind", "in", kinds)
      .where((eb) => eb.or([eb("lease_until_ms", "is", null), eb("lease_until_ms", "<=", p.now_ms)]))
      .orderBy("due_ms")
      .orderBy("key")
      .limit(1),
  );
}

/** The attempt counts from its beginning, so that a job which kills its worker does not do so for ever. */
export const claimJob = query<{ key: string; lease: string; lease_until_ms: number }>()((db, p) =>
  db
    .updateTable("jobs")
    .set((eb) => ({ lease_owner: p.lease, lease_until_ms: p.lease_until_ms, attempts: eb("attempts", "+", 1) }))
    .where("key", "=", p.key)
    .returning(["key", "kind", "payload", "due_ms", "attempts"]),
);

export const extendLease = query<{ key: string; lease: string; lease_until_ms: number }>()((db, p) =>
  db.updateTable("jobs").set({ lease_until_ms: p.lease_until_ms }).where("key", "=", p.key).where("lease_owner", "=", p.lease),
);

/** Removes a finished job, unless it has been asked for again: that has moved its due time. */
export const finishJob = query<{ key: string; lease: string; due_ms: number }>()((db, p) =>
  db.deleteFrom("jobs").where("key", "=", p.key).where("lease_owner", "=", p.lease).where("due_ms", "=", p.due_ms),
);

/** Gives a job back, to be run as a new one when it is due. */
export const releaseJob = query<{ key: string; lease: string }>()((db, p) =>
  db
    .updateTable("jobs")
    .set({ lease_owner: null, lease_until_ms: null, attempts: 0, error: null })
    .where("key", "=", p.key)
    .where("lease_owner", "=", p.lease),
);

/** Gives a job back that was not asked for again, to be run as a new one at `again_at_ms`. */
export const rescheduleJob = query<{ key: string; lease: string; due_ms: number; again_at_ms: number }>()((db, p) =>
  db
    .updateTable("jobs")
    .set({ lease_owner: null, lease_until_ms: null, attempts: 0, error: null, due_ms: p.again_at_ms })
    .where("key", "=", p.key)
    .where("lease_owner", "=", p.lease)
    .where("due_ms", "=", p.due_ms),
);

/** Gives a job back whose worker was told to stop: that was no attempt. */
export const returnJob = query<{ key: string; lease: string; attempts: number }>()((db, p) =>
  db
    .updateTable("jobs")
    .set({ lease_owner: null, lease_until_ms: null, attempts: p.attempts })
    .where("key", "=", p.key)
    .where("lease_owner", "=", p.lease),
);

/** Notes a failure: to be tried again at `due_ms`, or parked for a person. */
export const failJob = query<{ key: string; lease: string; due_ms: number; parked: number; error: string }>()((db, p) =>
  db
    .updateTable("jobs")
    .set({ lease_owner: null, lease_until_ms: null, due_ms: p.due_ms, parked: p.parked, error: p.error })
    .where("key", "=", p.key)
    .where("lease_owner", "=", p.lease),
);
