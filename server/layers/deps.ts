import type { Clock } from "../kernel/clock.ts";
import { LAYER_SIZE_BYTES_MAX } from "../kernel/limits.ts";
import type { Blobs } from "../platform/blobs/blobs.ts";
import type { Metadata } from "../platform/metadata/metadata.ts";

/** What the functions of this folder work with. */
export interface LayerDeps {
  readonly metadata: Metadata;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly limits?: LayerLimits;
}

/** What an operator may set; where nothing is set, kernel/limits.ts has the value. */
export interface LayerLimits {
  /** The largest layer. */
  readonly layerSizeBytesMax?: number;
  /** When an upload that nobody touches is given up. */
  readonly uploadLifetime_s?: number;
}

/** How large a layer may be, in bytes. */
export function layerSizeBytesMax({ limits }: LayerDeps): number {
  return limits?.layerSizeBytesMax ?? LAYER_SIZE_BYTES_MAX;
}
