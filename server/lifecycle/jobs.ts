import type { Job } from "../kernel/job.ts";
import type { KindRunner } from "../platform/jobs/worker.ts";
import { expirePreviews } from "./expire-previews.ts";
import { RUN_LIFECYCLE_POLICY, type RunLifecyclePolicyPayload } from "../repositories/lifecycle-job.ts";
import { runPreview } from "./run-preview.ts";
import type { RunDeps } from "./runs/begin-run.ts";
import { runLifecyclePolicy } from "./runs/run-policy.ts";

const PREVIEW = "preview-lifecycle-policy";
const EXPIRE = "expire-lifecycle-policy-previews";
const INTERVAL_MS = 60 * 60 * 1000;

/** The job that does the preview which a repository has in progress. */
export function previewJob(repository_id: number): Job {
  return { kind: PREVIEW, key: `${PREVIEW}:${repository_id}`, payload: { repository_id } };
}

/** The job that forgets old previews. To be enqueued at each start: it comes back by itself, and there is one of it. */
export const expirePreviewsJob: Job = { kind: EXPIRE, key: EXPIRE, payload: {} };

/** The runner of `runLifecyclePolicyJob`. */
export function lifecycleRunner(deps: RunDeps): KindRunner {
  return {
    kind: RUN_LIFECYCLE_POLICY,
    run: (payload, signal) => runLifecyclePolicy(deps, (payload as RunLifecyclePolicyPayload).repository_id, signal),
  };
}

/** The runners of this folder's jobs. */
export function lifecycleJobs(deps: RunDeps): readonly KindRunner[] {
  return [
    lifecycleRunner(deps),
    {
      kind: PREVIEW,
      run: (payload, signal) => runPreview(deps, (payload as { repository_id: number }).repository_id, signal),
    },
    {
      kind: EXPIRE,
      async run(_payload, signal) {
        await expirePreviews(deps, signal);
        return { again_at_ms: deps.clock.now() + INTERVAL_MS };
      },
    },
  ];
}
