/** Room in memory for the large bodies of those who are known. */
export interface BodyRoom {
  /** Does `work` when there are `size_bytes` free, in the order of asking, and frees them when it is done. */
  hold<T>(size_bytes: number, work: () => Promise<T>): Promise<T>;
}

interface Waiting {
  readonly size_bytes: number;
  start(): void;
}

/** Room for bodies of `size_bytes_max` together, however many come at once. A body larger than all of it never gets any. */
export function createBodyRoom(size_bytes_max: number): BodyRoom {
  const waiting: Waiting[] = [];
  let free_bytes = size_bytes_max;

  // Strictly in order: small bodies that went first would keep a large one waiting for ever.
  const admit = (): void => {
    for (let next = waiting[0]; next !== undefined && next.size_bytes <= free_bytes; next = waiting[0]) {
      waiting.shift();
      free_bytes -= next.size_bytes;
      next.start();
    }
  };

  return {
    async hold(size_bytes, work) {
      await new Promise<void>((start) => {
        waiting.push({ size_bytes, start });
        admit();
      });
      try {
        return await work();
      } finally {
        free_bytes += size_bytes;
        admit();
      }
    },
  };
}
