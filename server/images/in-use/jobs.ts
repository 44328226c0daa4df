import type { Clock } from "../../kernel/clock.ts";
import type { Job } from "../../kernel/job.ts";
import { USES_REMEMBERED_S } from "../../kernel/limits.ts";
import type { KindRunner } from "../../platform/jobs/worker.ts";
import type { Metadata, Writer } from "../../platform/metadata/metadata.ts";
import { query } from "../../platform/metadata/query.ts";
import type { ImageInUseRow } from "../../platform/metadata/space-schema.ts";

const KIND = "forget-image-uses";
const INTERVAL_MS = 60 * 60 * 1000;
/** Rows in one transaction: small enough that others who write need not wait long. */
const BATCH_ROWS = 200;

const seenBefore = query<{ before_ms: number; limit: number }>()((db, p) =>
  db
    .selectFrom("images_in_use")
    .select(["repository_id", "digest", "cluster"])
    .where("seen_ms", "<", p.before_ms)
    .orderBy("seen_ms")
    .limit(p.limit),
);

const deleteSeen = query<Omit<ImageInUseRow, "seen_ms"> & { before_ms: number }>()((db, p) =>
  db
    .deleteFrom("images_in_use")
    .where("repository_id", "=", p.repository_id)
    .where("digest", "=", p.digest)
    .where("cluster", "=", p.cluster)
    .where("seen_ms", "<", p.before_ms),
);

/** The job that forgets where images were in use long ago. To be enqueued at each start: it comes back by itself, and there is one of it. */
export const forgetImageUsesJob: Job = { kind: KIND, key: KIND, payload: {} };

/** The runners of this folder's jobs. */
export function imageUseJobs({ metadata, clock }: { readonly metadata: Metadata; readonly clock: Clock }): readonly KindRunner[] {
  return [
    {
      kind: KIND,
      async run(_payload, signal) {
        const before_ms = clock.now() - USES_REMEMBERED_S * 1000;
        while ((await metadata.writeGlobal((tx) => forget(tx, before_ms))) > 0) signal.throwIfAborted();
        return { again_at_ms: clock.now() + INTERVAL_MS };
      },
    },
  ];
}

async function forget(tx: Omit<Writer, "registry">, before_ms: number): Promise<number> {
  const rows = await tx.all(seenBefore, { before_ms, limit: BATCH_ROWS });
  for (const row of rows) await tx.run(deleteSeen, { ...row, before_ms });
  return rows.length;
}
