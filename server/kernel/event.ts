import type { RegistryId } from "./names.ts";

/** Something that has happened in a registry, for whoever wants to be told. It lands with the transaction that did it, or not at all. */
export interface RegistryEvent {
  /** Such as `PolicyExecutionEvent`; says what `detail` holds. */
  readonly kind: string;
  readonly registry: RegistryId;
  /** JSON. */
  readonly detail: object;
}
