/** Values by name, of which those used least lately are forgotten. */
export interface BoundedCache<Value> {
  get(name: string): Value | undefined;
  set(name: string, value: Value): void;
  delete(name: string): void;
}

/** For values that clients make as large as they like: how large one is, and how large all may be together. */
export interface SizeBound<Value> {
  readonly size_max: number;
  readonly sizeOf: (value: Value, name: string) => number;
}

/**
 * A cache that never holds more than `entries_max` values. It keeps two generations: when the young one is half the bound it
 * becomes the old one, and the old one is dropped but for what is asked for meanwhile. A hit costs one look-up.
 */
export function createBoundedCache<Value>(entries_max: number, bound?: SizeBound<Value>): BoundedCache<Value> {
  const generation_max = Math.max(1, Math.floor(entries_max / 2));
  const generation_size_max = (bound?.size_max ?? 0) / 2;
  let young = new Map<string, Value>();
  let old = new Map<string, Value>();
  let young_size = 0;

  const sizeOf = (name: string, value: Value | undefined): number =>
    value === undefined ? 0 : (bound?.sizeOf(value, name) ?? 0);

  const set = (name: string, value: Value): void => {
    const size = sizeOf(name, value);
    const replaced = young.get(name);
    young_size += size - sizeOf(name, replaced);
    if (replaced === undefined && (young.size >= generation_max || young_size > generation_size_max)) {
      old = young;
      young = new Map();
      young_size = size;
    }
    young.set(name, value);
  };

  return {
    set,
    get(name) {
      const found = young.get(name);
      if (found !== undefined) return found;
      const aged = old.get(name);
      if (aged !== undefined) set(name, aged);
      return aged;
    },
    delete(name) {
      young_size -= sizeOf(name, young.get(name));
      young.delete(name);
      old.delete(name);
    },
  };
}
