import type { Job } from "../kernel/job.ts";
import type { KindRunner } from "../platform/jobs/worker.ts";
import { expirePreviews } from "./expire-previews.ts";
import type { EvaluationDeps } from "./evaluate-repository.ts";
import { runPreview } from "./run-preview.ts";

const PREVIEW = "preview-lifecycle-policy";
const EXPIRE = "expire-lifecycle-policy-previews";
const INTERVAL_MS = 60 * 60 * 1000;

/** The job that does the preview which a repository has in progress. */
export function previewJob(repository_id: number): Job {
  return { kind: PREVIEW, key: `${PREVIEW}:${repository_id}`, payload: { repository_id } };
}

/** The job that forgets old previews. To be enqueued at each start: it comes back by itself, and there is one of it. */
export const expirePreviewsJob: Job = { kind: EXPIRE, key: EXPIRE, payload: {} };

/** The runners of this folder's jobs. */
export function lifecycleJobs(deps: EvaluationDeps): readonly KindRunner[] {
  return [
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
