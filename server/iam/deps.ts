import type { Clock } from "../kernel/clock.ts";
import type { Sealer } from "../keys/sealer.ts";
import type { Metadata, Reader, Writer } from "../platform/metadata/metadata.ts";

/** What the functions of this floor work with. */
export interface IamDeps {
  readonly metadata: Metadata;
  readonly clock: Clock;
  readonly sealer: Sealer;
}

/** A transaction on what belongs to accounts and to no registry. */
export type IamReader = Omit<Reader, "registry">;
export type IamWriter = Omit<Writer, "registry">;
