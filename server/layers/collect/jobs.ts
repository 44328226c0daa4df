import type { Job } from "../../kernel/job.ts";
import type { KindRunner } from "../../platform/jobs/worker.ts";
import { type CollectDeps, collectGarbage } from "./collect-garbage.ts";
import type { Collection } from "./collection.ts";
import { keepCollection } from "./last-collection.ts";

const KIND = "collect-garbage";

interface CollectJobDeps extends CollectDeps {
  /** How long after the end of one the next collection begins; undefined when nobody collects but by hand. */
  readonly gcInterval_s: number | undefined;
  readonly onCollected: (collection: Collection) => void;
}

/** The job that collects garbage. To be enqueued at each start, where it is wanted: it comes back by itself, and there is one of it. */
export function collectGarbageJob(gcInterval_s: number, now_ms: number): Job {
  return { kind: KIND, key: KIND, payload: {}, due: now_ms + gcInterval_s * 1000, hasten: true };
}

/** The runners of this folder's jobs. */
export function collectJobs(deps: CollectJobDeps): readonly KindRunner[] {
  const { gcInterval_s, clock, onCollected } = deps;
  return [
    {
      kind: KIND,
      async run(_payload, signal) {
        if (gcInterval_s === undefined) return undefined;
        const collection = await collectGarbage(deps, signal);
        await keepCollection(deps, collection);
        onCollected(collection);
        signal.throwIfAborted();
        return { again_at_ms: clock.now() + gcInterval_s * 1000 };
      },
    },
  ];
}
