/** One at a time, in the order of asking. */
export interface Turns {
  /** Undefined when it is one's turn at once; else resolves when it is. */
  take(): Promise<void> | undefined;
  /** Ends one's turn. */
  give(): void;
}

export function createTurns(): Turns {
  const waiting: (() => void)[] = [];
  let taken = false;
  return {
    take() {
      if (taken) return new Promise((resolve) => waiting.push(resolve));
      taken = true;
      return undefined;
    },
    give() {
      const next = waiting.shift();
      if (next === undefined) taken = false;
      else next();
    },
  };
}
