/** Work that takes long or comes later. It lands with the transaction that asks for it, or not at all. */
export interface Job {
  /** Which runner does it, such as `reap-uploads`. */
  readonly kind: string;
  /** At most one live job has this key; a second one is the same job. */
  readonly key: string;
  /** JSON. */
  readonly payload: unknown;
  /** Milliseconds since the epoch; not before then. Now, when absent. */
  readonly due?: number;
  /** One that already waits under this key becomes due then, where it would have been due later. */
  readonly hasten?: true;
}
