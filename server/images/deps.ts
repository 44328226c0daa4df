import type { Clock } from "../kernel/clock.ts";
import type { QuotaDeps } from "../kernel/quotas.ts";
import type { Metadata } from "../platform/metadata/metadata.ts";
import type { PullRecorder } from "./record-pulls.ts";

/** What it takes to read manifests for a client. */
export interface PullDeps {
  readonly metadata: Metadata;
  readonly pulls: Pick<PullRecorder, "note">;
}

/** What the functions of this folder need. */
export interface ImageDeps extends QuotaDeps {
  readonly metadata: Metadata;
  readonly clock: Clock;
}
