import type { Clock } from "../kernel/clock.ts";
import type { Sealer } from "../keys/sealer.ts";
import type { Metadata } from "../platform/metadata/metadata.ts";

/** What the functions of this floor work with. */
export interface IamDeps {
  readonly metadata: Metadata;
  readonly clock: Clock;
  readonly sealer: Sealer;
}
