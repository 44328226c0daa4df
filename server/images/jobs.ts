import type { Job } from "../kernel/job.ts";
import { fetchLayers } from "../layers/archive/move-layers.ts";
import type { BlobStores } from "../platform/blobs/archiving-blobs.ts";
import type { KindRunner } from "../platform/jobs/worker.ts";
import type { ImageDeps } from "./deps.ts";
import { activateImages, activatingImages } from "./storage-class.ts";

const KIND = "activate-images";
/** Images in one transaction. */
const BATCH_ROWS = 200;

/** The job that ends the restoring of all images of a repository that are on their way back from the archive. */
export function activateImagesJob(repository_id: number): Job {
  return { kind: KIND, key: `${KIND}:${repository_id}`, payload: { repository_id } };
}

/** The runners of this folder's jobs. `stores` where archived images have a store of their own. */
export function imageJobs(deps: ImageDeps & { readonly stores?: BlobStores | undefined }): readonly KindRunner[] {
  const { metadata, clock } = deps;
  return [
    {
      kind: KIND,
      async run(payload, signal) {
        const { repository_id: repository } = payload as { repository_id: number };
        for (;;) {
          const rows = await metadata.readGlobal((tx) => tx.all(activatingImages, { repository, limit: BATCH_ROWS }));
          if (rows.length === 0) return;
          const digests = rows.map((it) => it.digest);
          await fetchAll(deps, repository, digests, signal);
          await metadata.writeGlobal((tx) => activateImages(tx, { repository, digests }, clock.now()));
        }
      },
    },
  ];
}

/** Brings the bytes of images home before anybody is told that they are there. ECR takes up to 20 minutes. (user guide, restoring an archived image) */
async function fetchAll(
  { metadata, clock, stores }: ImageDeps & { readonly stores?: BlobStores | undefined },
  repository_id: number,
  digests: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  for (const digest of digests) {
    signal.throwIfAborted();
    if (stores !== undefined) await fetchLayers({ metadata, clock, stores }, { repository_id, digest }, signal);
  }
}
