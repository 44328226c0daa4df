import type { Job } from "../kernel/job.ts";
import { fetchLayers } from "../layers/archive/move-layers.ts";
import type { BlobStores } from "../platform/blobs/archiving-blobs.ts";
import type { KindRunner } from "../platform/jobs/worker.ts";
import type { ImageDeps } from "./deps.ts";
import { activateImages, activatingImages } from "./storage-class.ts";

const KIND = "activate-images";
/** Images in one transaction. */
const BATCH_ROWS = 200;
/** When what could not be brought home is tried again, for as long as it takes: nobody else ends the restoring of an image. */
const RETRY_MS = 60_000;

/** The job that ends the restoring of all images of a repository that are on their way back from the archive. */
export function activateImagesJob(repository_id: number): Job {
  return { kind: KIND, key: `${KIND}:${repository_id}`, payload: { repository_id }, hasten: true };
}

/** The runners of this folder's jobs. `stores` where archived images have a store of their own. */
export function imageJobs(deps: ActivateDeps): readonly KindRunner[] {
  const { clock } = deps;
  return [
    {
      kind: KIND,
      async run(payload, signal) {
        const { repository_id } = payload as { repository_id: number };
        const failure = await activateAll(deps, repository_id, signal);
        return failure === undefined ? undefined : { again_at_ms: clock.now() + RETRY_MS, failure };
      },
    },
  ];
}

type ActivateDeps = ImageDeps & { readonly stores?: BlobStores | undefined };

/** Ends the restoring of all images of a repository whose bytes can be brought home. Returns the first failure. */
async function activateAll(deps: ActivateDeps, repository: number, signal: AbortSignal): Promise<unknown> {
  for (;;) {
    const { activated, failure } = await activateOnce(deps, repository, signal);
    // An index may have come before its children, which are there now.
    if (activated === 0) return failure;
  }
}

/** Goes through all images of a repository that are on their way back. */
async function activateOnce(deps: ActivateDeps, repository: number, signal: AbortSignal) {
  const { metadata, clock } = deps;
  let [activated, failure]: [number, unknown] = [0, undefined];
  for (let after: string | undefined = ""; after !== undefined; ) {
    const from: string = after;
    const rows = await metadata.readGlobal((tx) => tx.all(activatingImages, { repository, after: from, limit: BATCH_ROWS }));
    const digests: string[] = [];
    for (const { digest } of rows) {
      try {
        await fetchImage(deps, { repository_id: repository, digest }, signal);
        digests.push(digest);
      } catch (error) {
        signal.throwIfAborted();
        failure ??= error;
      }
    }
    if (digests.length > 0) {
      activated += await metadata.writeGlobal((tx) => activateImages(tx, { repository, digests }, clock.now()));
    }
    after = rows.length < BATCH_ROWS ? undefined : rows.at(-1)?.digest;
  }
  return { activated, failure };
}

/** Brings the bytes of an image home before anybody is told that they are there. ECR takes up to 20 minutes. (user guide, restoring an archived image) */
async function fetchImage(
  { metadata, clock, stores }: ActivateDeps,
  image: { readonly repository_id: number; readonly digest: string },
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  if (stores !== undefined) await fetchLayers({ metadata, clock, stores }, image, signal);
}
