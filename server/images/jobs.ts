import type { Job } from "../kernel/job.ts";
import type { KindRunner } from "../platform/jobs/worker.ts";
import type { ImageDeps } from "./deps.ts";
import { activateImages } from "./storage-class.ts";

const KIND = "activate-images";
/** Images in one transaction. */
const BATCH_ROWS = 200;

/** The job that ends the restoring of all images of a repository that are on their way back from the archive. */
export function activateImagesJob(repository_id: number): Job {
  return { kind: KIND, key: `${KIND}:${repository_id}`, payload: { repository_id } };
}

/** The runners of this folder's jobs. */
export function imageJobs({ metadata, clock }: ImageDeps): readonly KindRunner[] {
  return [
    {
      kind: KIND,
      async run(payload, signal) {
        const { repository_id } = payload as { repository_id: number };
        // Their bytes have never left; ECR takes up to 20 minutes. (user guide, restoring an archived image)
        while ((await metadata.writeGlobal((tx) => activateImages(tx, repository_id, BATCH_ROWS, clock.now()))) > 0) {
          signal.throwIfAborted();
        }
      },
    },
  ];
}
