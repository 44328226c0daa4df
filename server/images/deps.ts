import type { Clock } from "../kernel/clock.ts";
import type { Metadata } from "../platform/metadata/metadata.ts";

/** What the functions of this folder need. */
export interface ImageDeps {
  readonly metadata: Metadata;
  readonly clock: Clock;
}
