import type { Clock } from "../../kernel/clock.ts";
import type { Job } from "../../kernel/job.ts";
import { EVENTS_REMEMBERED_S } from "../../kernel/limits.ts";
import type { Metadata } from "../metadata/metadata.ts";
import { query } from "../metadata/query.ts";
import type { KindRunner } from "./worker.ts";

const KIND = "forget-events";
const INTERVAL_MS = 60 * 60 * 1000;
/** Rows in one transaction: small enough that others who write need not wait long. */
const BATCH_ROWS = 200;

const deleteBefore = query<{ before_ms: number; limit: number }>()((db, p) =>
  db
    .deleteFrom("events")
    .where("id", "in", (q) =>
      q.selectFrom("events").select("id").where("at_ms", "<", p.before_ms).orderBy("at_ms").limit(p.limit),
    ),
);

/** The job that forgets old events. To be enqueued at each start: it comes back by itself, and there is one of it. */
export const forgetEventsJob: Job = { kind: KIND, key: KIND, payload: {} };

/** The runner of that job. */
export function eventJobs({ metadata, clock }: { readonly metadata: Metadata; readonly clock: Clock }): readonly KindRunner[] {
  return [
    {
      kind: KIND,
      async run(_payload, signal) {
        const before_ms = clock.now() - EVENTS_REMEMBERED_S * 1000;
        const forget = () => metadata.writeGlobal((tx) => tx.run(deleteBefore, { before_ms, limit: BATCH_ROWS }));
        while ((await forget()) > 0) signal.throwIfAborted();
        return { again_at_ms: clock.now() + INTERVAL_MS };
      },
    },
  ];
}
