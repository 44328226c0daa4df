import type { Clock } from "../kernel/clock.ts";
import type { QuotaDeps } from "../kernel/quotas.ts";
import type { Sealer } from "../keys/sealer.ts";
import type { Metadata } from "../platform/metadata/metadata.ts";

/** What the functions of this folder work with. */
export interface RepositoryDeps extends QuotaDeps {
  readonly metadata: Metadata;
  readonly clock: Clock;
  readonly sealer: Sealer;
}
