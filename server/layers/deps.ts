import type { Clock } from "../kernel/clock.ts";
import type { QuotaDeps } from "../kernel/quotas.ts";
import type { Blobs } from "../platform/blobs/blobs.ts";
import type { Metadata } from "../platform/metadata/metadata.ts";

/** What the functions of this folder work with. */
export interface LayerDeps extends QuotaDeps {
  readonly metadata: Metadata;
  readonly blobs: Blobs;
  readonly clock: Clock;
}
