import type { Call } from "../kernel/call.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Digest } from "../kernel/names.ts";
import type { QuotaDeps } from "../kernel/quotas.ts";
import type { Blobs } from "../platform/blobs/blobs.ts";
import type { Metadata } from "../platform/metadata/metadata.ts";

/** What the functions of this folder work with. */
export interface LayerDeps extends QuotaDeps {
  readonly metadata: Metadata;
  readonly blobs: Blobs;
  readonly clock: Clock;
  /** Hears of a layer whose bytes were found to be damaged or gone. `why` is a sentence. */
  readonly onDamage?: ((digest: Digest, why: string) => void) | undefined;
}

/** Who sends the bytes of a layer, and until when: what of a call is needed for that. */
export type Sender = Pick<Call, "principal" | "registry" | "client">;
