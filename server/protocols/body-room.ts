/** Room in memory for the large bodies of those who are known. */
export interface BodyRoom {
  /**
   * Does `work` when there are `size_bytes` free, and frees them when it is done. Those who wait are served in turns by `who` they
   * are, each in the order of asking. Throws the signal's reason when it is aborted before.
   */
  hold<T>(
    asked: { readonly who: string; readonly size_bytes: number; readonly signal: AbortSignal },
    work: () => Promise<T>,
  ): Promise<T>;
}

interface Waiting {
  readonly size_bytes: number;
  start(): void;
}

/** Room for bodies of `size_bytes_max` together, however many come at once. A body larger than all of it never gets any. */
export function createBodyRoom(size_bytes_max: number): BodyRoom {
  /** By who waits. Whoever is served goes to the end, so that nobody's many keep another's one waiting. */
  const queues = new Map<string, Set<Waiting>>();
  let free_bytes = size_bytes_max;

  const leave = (who: string, waiting: Waiting): void => {
    const queue = queues.get(who);
    queue?.delete(waiting);
    if (queue?.size === 0) queues.delete(who);
  };
  // Strictly in turns: small bodies that went first would keep a large one waiting for ever.
  const admit = (): void => {
    for (let next = first(queues); next !== undefined && next.waiting.size_bytes <= free_bytes; next = first(queues)) {
      const { who, queue, waiting } = next;
      queues.delete(who);
      queue.delete(waiting);
      if (queue.size > 0) queues.set(who, queue);
      free_bytes -= waiting.size_bytes;
      waiting.start();
    }
  };

  return {
    async hold({ who, size_bytes, signal }, work) {
      signal.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const waiting: Waiting = { size_bytes, start: resolve };
      const onAbort = (): void => {
        leave(who, waiting);
        reject(signal.reason);
        admit();
      };
      const queue = queues.get(who) ?? new Set();
      queues.set(who, queue.add(waiting));
      signal.addEventListener("abort", onAbort);
      admit();
      await promise.finally(() => signal.removeEventListener("abort", onAbort));
      try {
        return await work();
      } finally {
        free_bytes += size_bytes;
        admit();
      }
    },
  };
}

function first(queues: ReadonlyMap<string, Set<Waiting>>): { who: string; queue: Set<Waiting>; waiting: Waiting } | undefined {
  for (const [who, queue] of queues) for (const waiting of queue) return { who, queue, waiting };
  return undefined;
}
