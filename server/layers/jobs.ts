import type { Job } from "../kernel/job.ts";
import { quotaOf } from "../kernel/quotas.ts";
import type { KindRunner } from "../platform/jobs/worker.ts";
import { query } from "../platform/metadata/query.ts";
import type { BlobStores } from "../platform/blobs/archiving-blobs.ts";
import { moveLayers } from "./archive/move-layers.ts";
import { forgetCompleted } from "./completed-uploads.ts";
import type { LayerDeps } from "./deps.ts";

const KIND = "reap-uploads";
const MOVE = "move-layers";
const INTERVAL_MS = 60 * 60 * 1000;
/** When what could not be moved is tried again: a disk that is full may stay so for days. */
const RETRY_MS = 10 * 60 * 1000;
/** Uploads in one transaction. */
const BATCH_ROWS = 200;

/** Uploads that have got no bytes since then, and that nobody is writing to. */
const untouchedUploads = query<{ before_ms: number; now_ms: number; limit: number }>()((db, p) =>
  db
    .selectFrom("uploads")
    .select("id")
    .where("touched_ms", "<", p.before_ms)
    .where((or) => or.or([or("writer", "is", null), or("writer_until_ms", "<=", p.now_ms)]))
    .orderBy("touched_ms")
    .limit(p.limit),
);

const reapUpload = query<{ id: string }>()((db, p) => db.deleteFrom("uploads").where("id", "=", p.id));

const uploadOfStage = query<{ id: string }>()((db, p) => db.selectFrom("uploads").select("id").where("id", "=", p.id));

/**
 * The job that ends abandoned uploads. To be enqueued at each start, which may be with a shorter lifetime and for want of room: it
 * comes back by itself, and there is one of it.
 */
export const reapUploadsJob: Job = { kind: KIND, key: KIND, payload: {}, hasten: true };

/**
 * The job that moves bytes to and from the archive. To be enqueued at each start, and when images go into the archive or come
 * back: it comes back by itself, and there is one of it.
 */
export const moveLayersJob: Job = { kind: MOVE, key: MOVE, payload: {}, hasten: true };

/** The runners of this folder's jobs. `stores` where archived images have a store of their own. */
export function layerJobs(deps: LayerDeps & { readonly stores?: BlobStores | undefined }): readonly KindRunner[] {
  const { metadata, clock, stores } = deps;
  return [
    {
      kind: MOVE,
      async run(_payload, signal) {
        // An archive that is configured no more is a matter for the operator, who finds its bytes named in the database.
        if (stores === undefined) return undefined;
        const failure = await moveLayers({ metadata, clock, stores }, signal);
        return { again_at_ms: clock.now() + (failure === undefined ? INTERVAL_MS : RETRY_MS), failure };
      },
    },
    {
      kind: KIND,
      async run(_payload, signal) {
        await reapUploads(deps, signal);
        return { again_at_ms: deps.clock.now() + INTERVAL_MS };
      },
    },
  ];
}

/**
 * Ends uploads that nobody has touched for their lifetime, and forgets which were completed that long ago, and old stages that
 * belong to no upload.
 */
export async function reapUploads(deps: LayerDeps, signal: AbortSignal): Promise<void> {
  const before_ms = deps.clock.now() - quotaOf(deps, "uploadLifetime_s") * 1000;
  for (;;) {
    signal.throwIfAborted();
    const reaped = await deps.metadata.writeGlobal(async (tx) => {
      const rows = await tx.all(untouchedUploads, { before_ms, now_ms: deps.clock.now(), limit: BATCH_ROWS });
      for (const { id } of rows) await tx.run(reapUpload, { id });
      return rows;
    });
    for (const { id } of reaped) await deps.blobs.discard(id);
    if (reaped.length < BATCH_ROWS) break;
  }
  await forgetCompleted(deps.metadata, before_ms, signal);
  for await (const { stage, touched_ms } of deps.blobs.stages()) {
    signal.throwIfAborted();
    if (touched_ms >= before_ms) continue;
    const upload = await deps.metadata.readGlobal((tx) => tx.first(uploadOfStage, { id: stage }));
    if (upload === undefined) await deps.blobs.discard(stage);
  }
}
