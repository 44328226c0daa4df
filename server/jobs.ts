import type { Configuration } from "./configuration.ts";
import { deletionJobs, forgetDeletionsJob } from "./images/deletions/jobs.ts";
import { forgetImageUsesJob, imageUseJobs } from "./images/in-use/jobs.ts";
import { imageJobs } from "./images/jobs.ts";
import type { Clock } from "./kernel/clock.ts";
import type { Job } from "./kernel/job.ts";
import type { Digest } from "./kernel/names.ts";
import { collectGarbageJob, collectJobs } from "./layers/collect/jobs.ts";
import { layerJobs, moveLayersJob, reapUploadsJob } from "./layers/jobs.ts";
import { scrubJob, scrubJobs } from "./layers/scrub/jobs.ts";
import { expirePreviewsJob, lifecycleJobs } from "./lifecycle/jobs.ts";
import type { BlobStores } from "./platform/blobs/archiving-blobs.ts";
import type { Blobs } from "./platform/blobs/blobs.ts";
import { eventJobs, forgetEventsJob } from "./platform/jobs/forget-events.ts";
import type { KindRunner } from "./platform/jobs/worker.ts";
import type { Logger } from "./platform/log.ts";
import type { Metadata } from "./platform/metadata/metadata.ts";
import { denialJobs, forgetDenialsJob } from "./policies/denials/jobs.ts";
import { repositoryJobs } from "./repositories/jobs.ts";

/** What jobs work with. */
export interface JobDeps {
  readonly configuration: Pick<
    Configuration,
    | "gcInterval_s"
    | "scrub"
    | "lifecycleInterval_s"
    | "lifecycleBrake"
    | "undoWindow_s"
    | "deletionRecords_s"
    | "uploadLifetime_s"
  >;
  readonly metadata: Metadata;
  readonly blobs: Blobs;
  readonly stores: BlobStores | undefined;
  readonly clock: Clock;
  readonly logger: Pick<Logger, "info" | "warn" | "error">;
}

/** The runners of all jobs, from all domains. */
export function jobRunners({ configuration, metadata, blobs, stores, clock, logger }: JobDeps): readonly KindRunner[] {
  return [
    ...repositoryJobs({ metadata, clock }),
    ...layerJobs({ metadata, blobs, stores, clock, quotas: configuration }),
    ...collectJobs({
      metadata,
      blobs,
      clock,
      gcInterval_s: configuration.gcInterval_s,
      onCollected: ({ layers, unneeded, unnamed, unfinished, failures, failure }) =>
        logger.info({ layers, unneeded, unnamed, unfinished, failures, failure }, "garbage was collected"),
    }),
    ...scrubJobs({ metadata, blobs, clock, onDamage: damageLog(logger), scrub: configuration.scrub }),
    ...lifecycleJobs({ ...configuration, metadata, clock, quotas: configuration, log: logger }),
    ...imageJobs({ metadata, clock, stores }),
    ...imageUseJobs({ metadata, clock }),
    ...deletionJobs({ metadata, clock }),
    ...denialJobs({ metadata, clock }),
    ...eventJobs({ metadata, clock }),
  ];
}

/** The jobs that come back by themselves: each start makes sure that they are there. */
export function standingJobs({ gcInterval_s }: JobDeps["configuration"], now_ms: number): readonly Job[] {
  return [
    reapUploadsJob,
    moveLayersJob,
    ...(gcInterval_s === undefined ? [] : [collectGarbageJob(gcInterval_s, now_ms)]),
    scrubJob,
    expirePreviewsJob,
    forgetDenialsJob,
    forgetImageUsesJob,
    forgetEventsJob,
    forgetDeletionsJob,
  ];
}

/** Says in the log that a layer's bytes are damaged. */
export function damageLog(logger: Pick<Logger, "error">): (digest: Digest, why: string) => void {
  return (digest, why) => logger.error({ digest }, `the layer is damaged, and clients have to push it again: ${why}`);
}
