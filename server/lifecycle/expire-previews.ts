import type { Metadata } from "../platform/metadata/metadata.ts";
import { deleteResults, expiredBefore, previewOf, previewsBefore, RESULTS_BATCH_ROWS, setPreviewStatus } from "./preview-rows.ts";
import type { EvaluationDeps } from "./evaluate-repository.ts";

/** Expired previews that are looked up at a time. */
const PREVIEWS_BATCH_ROWS = 100;

/** Forgets the results of previews that were started a day ago. */
export async function expirePreviews({ metadata, clock }: EvaluationDeps, signal: AbortSignal): Promise<void> {
  const before_ms = expiredBefore(clock.now());
  for (const status of ["COMPLETE", "FAILED", "IN_PROGRESS"]) {
    for (;;) {
      const expired = await metadata.readGlobal((tx) =>
        tx.all(previewsBefore, { status, before_ms, limit: PREVIEWS_BATCH_ROWS }),
      );
      for (const { repository_id } of expired) await expirePreview(metadata, repository_id, before_ms, signal);
      if (expired.length < PREVIEWS_BATCH_ROWS) break;
    }
  }
}

async function expirePreview(metadata: Metadata, repository: number, before_ms: number, signal: AbortSignal): Promise<void> {
  for (let removed = 1; removed > 0; ) {
    signal.throwIfAborted();
    removed = await metadata.writeGlobal(async (tx) => {
      const preview = await tx.first(previewOf, { repository });
      // Another one may have been started meanwhile.
      if (preview === undefined || preview.started_ms > before_ms) return 0;
      const results = await tx.run(deleteResults, { repository, limit: RESULTS_BATCH_ROWS });
      if (results === 0) await tx.run(setPreviewStatus, { repository, status: "EXPIRED" });
      return results;
    });
  }
}
