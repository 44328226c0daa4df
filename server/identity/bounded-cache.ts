/** Values by name, of which those used least lately are forgotten. */
export interface BoundedCache<Value> {
  get(name: string): Value | undefined;
  set(name: string, value: Value): void;
  delete(name: string): void;
}

/**
 * A cache that never holds more than `entries_max` values. It keeps two generations: when the young one is half the bound it
 * becomes the old one, and the old one is dropped but for what is asked for meanwhile. A hit costs one look-up.
 */
export function createBoundedCache<Value>(entries_max: number): BoundedCache<Value> {
  const generation_max = Math.max(1, Math.floor(entries_max / 2));
  let young = new Map<string, Value>();
  let old = new Map<string, Value>();

  const set = (name: string, value: Value): void => {
    if (young.size >= generation_max && !young.has(name)) {
      old = young;
      young = new Map();
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
      young.delete(name);
      old.delete(name);
    },
  };
}
