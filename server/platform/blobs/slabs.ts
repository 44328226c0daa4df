/** Shared memory in which bytes travel to a hash thread. */
export interface Slabs {
  /** A slab that is free now, if there is one. */
  takeNow(): Uint8Array | undefined;
  /** A slab, as soon as there is one. Those who wait are served in turn. */
  take(): Promise<Uint8Array>;
  give(slab: Uint8Array): void;
  /** How many could be taken now. */
  free(): number;
}

/** At most `count` slabs of `size_bytes`, made when they are first needed. */
export function createSlabs(size_bytes: number, count: number): Slabs {
  const idle: Uint8Array[] = [];
  const waiting: ((slab: Uint8Array) => void)[] = [];
  let made = 0;

  const takeNow = () => {
    const slab = idle.pop();
    if (slab !== undefined || made === count) return slab;
    made++;
    return new Uint8Array(new SharedArrayBuffer(size_bytes));
  };
  return {
    takeNow,
    async take() {
      return takeNow() ?? (await new Promise<Uint8Array>((resolve) => waiting.push(resolve)));
    },
    free: () => idle.length + count - made,
    give(slab) {
      const next = waiting.shift();
      if (next === undefined) idle.push(slab);
      else next(slab);
    },
  };
}
