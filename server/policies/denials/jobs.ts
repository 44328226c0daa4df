import type { Clock } from "../../kernel/clock.ts";
import type { Job } from "../../kernel/job.ts";
import type { KindRunner } from "../../platform/jobs/worker.ts";
import type { Metadata } from "../../platform/metadata/metadata.ts";
import { deleteDenialsBefore } from "./denial-rows.ts";
import { forgottenBefore } from "./record-denials.ts";

const KIND = "forget-denials";
const INTERVAL_MS = 60 * 60 * 1000;

/** The job that forgets old denials. To be enqueued at each start: it comes back by itself, and there is one of it. */
export const forgetDenialsJob: Job = { kind: KIND, key: KIND, payload: {} };

/** The runners of this folder's jobs. */
export function denialJobs({ metadata, clock }: { readonly metadata: Metadata; readonly clock: Clock }): readonly KindRunner[] {
  return [
    {
      kind: KIND,
      async run() {
        const before_ms = forgottenBefore(clock.now());
        await metadata.writeGlobal((tx) => tx.run(deleteDenialsBefore, { before_ms }));
        return { again_at_ms: clock.now() + INTERVAL_MS };
      },
    },
  ];
}
