/** Work that is done a while after it was asked for, so that what comes meanwhile is done with it. */
export interface Postponed extends AsyncDisposable {
  /** Asks for the work. It waits for nothing. */
  soon(): void;
  /** Does the work now, after what of it is under way. */
  flush(): Promise<void>;
}

/**
 * Postpones work by `interval_ms`. `work` never runs twice at once, may ask for itself again, and must not reject. The wait keeps no
 * process alive; disposing of it does the work a last time.
 */
export function postpone(work: () => Promise<void>, interval_ms: number): Postponed {
  let working: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let ended = false;

  function flush(): Promise<void> {
    working = working.then(work);
    return working;
  }

  return {
    flush,
    soon() {
      if (ended) return;
      timer ??= setTimeout(() => {
        timer = undefined;
        void flush();
      }, interval_ms).unref();
    },
    async [Symbol.asyncDispose]() {
      ended = true;
      clearTimeout(timer);
      await flush();
    },
  };
}
