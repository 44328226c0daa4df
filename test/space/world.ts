import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { jobRunners, standingJobs } from "../../server/jobs.ts";
import { UPLOAD_LIFETIME_S } from "../../server/kernel/limits.ts";
import { collectGarbage } from "../../server/layers/collect/collect-garbage.ts";
import { archivingBlobs, type BlobStores } from "../../server/platform/blobs/archiving-blobs.ts";
import { createMemoryBlobs } from "../../server/platform/blobs/memory-blobs.ts";
import { startJobs } from "../../server/platform/jobs/worker.ts";
import { query } from "../../server/platform/metadata/query.ts";
import { openTestEcr, type TestEcr } from "../../server/testing/ecr.ts";
import { fakeClock } from "../../server/testing/fake-clock.ts";
import { createLives, type Lives } from "./lives.ts";
import { PATIENCE_MS } from "../patience.ts";

const JOB_LEASE_MS = 60_000;

/** A registry with an archive, whose processes can be killed at any step. */
export interface World extends AsyncDisposable {
  readonly ecr: TestEcr;
  readonly stores: BlobStores;
  readonly lives: Lives;
  readonly signal: AbortSignal;
  /** Collects garbage until its end, or that of the life that it runs under. */
  collect(): Promise<void>;
  /** Works off jobs for a while, or to the end of its life. */
  work(duration_ms: number): Promise<void>;
  /** Lets what the killed ones held run out, and works off every job that is due. */
  settle(): Promise<void>;
}

const waiting = query<{ now_ms: number }>()((db, p) =>
  db
    .selectFrom("jobs")
    .select(["key", "error", "parked"])
    .where((it) => it.or([it("due_ms", "<=", p.now_ms), it("parked", "=", 1)])),
);

/** `undo_ms`: how long what was deleted can be brought back. */
export async function openWorld(random: () => number, undo_ms: number): Promise<World> {
  const lives = createLives(random);
  const clock = fakeClock();
  const stores = { first: lives.blobs(createMemoryBlobs(clock)), archive: lives.blobs(createMemoryBlobs(clock)) };
  const ecr = await openTestEcr(
    { undoWindow_s: undo_ms / 1000 },
    { clock, blobs: archivingBlobs(stores), metadata: lives.metadata },
  );
  const { metadata, blobs } = ecr;
  // Garbage is collected by hand, under a life of its own.
  const configuration = {
    undoWindow_s: undo_ms / 1000,
    deletionRecords_s: 2 * undo_ms,
    uploadLifetime_s: UPLOAD_LIFETIME_S,
    lifecycleInterval_s: 60 * 60,
    scrub: { within_s: undefined, rate_bytes: 1 },
  };
  const logger = { info: ignore, warn: ignore, error: ignore };
  const deps = { configuration, metadata, blobs, clock, stores, logger };
  const runners = Object.fromEntries(jobRunners(deps).map((it) => [it.kind, it.run]));
  const { signal } = new AbortController();
  const start = () => startJobs({ metadata, clock, runners, owner: "worker", signal, poll_ms: 1 });
  const enqueue = () =>
    metadata.writeGlobal(async (tx) => {
      for (const job of standingJobs(configuration, clock.now())) await tx.enqueue(job);
    });
  return {
    ecr,
    stores,
    lives,
    signal,
    async collect() {
      await collectGarbage(deps, signal);
    },
    async work(duration_ms) {
      await enqueue();
      await using _worker = start();
      await setTimeout(duration_ms);
    },
    async settle() {
      clock.advance(JOB_LEASE_MS + 1);
      await enqueue();
      await using _worker = start();
      const deadline = Date.now() + PATIENCE_MS;
      for (;;) {
        const rows = await metadata.readGlobal((tx) => tx.all(waiting, { now_ms: clock.now() }));
        assert.deepEqual(
          rows.filter((it) => it.parked === 1),
          [],
          "a job has failed for good",
        );
        if (rows.length === 0) return;
        assert.ok(Date.now() < deadline, `jobs that do not come to an end: ${JSON.stringify(rows)}`);
        await setTimeout(1);
      }
    },
    [Symbol.asyncDispose]: () => ecr[Symbol.asyncDispose](),
  };
}

const ignore = (): void => undefined;
