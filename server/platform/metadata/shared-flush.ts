/**
 * Lets many writers share one flush. The function returned resolves when a flush that *began* after it was called has
 * ended: one that was already under way may have missed what the caller wrote. So at most one flush runs and one waits,
 * however many ask; everybody who asks during a flush shares the next one.
 */
export function shareFlush(flush: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  return () => {
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        running = flush();
        return running;
      });
    return next;
  };
}
