/** Wakes whoever waits, and remembers one ring when nobody does. */
export interface Bell {
  ring(): void;
  /** Resolves at the next ring, or after `limit_ms`. At most one may wait. */
  wait(limit_ms: number): Promise<void>;
}

export function createBell(): Bell {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    async wait(limit_ms) {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, limit_ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        wake = undefined;
      }
      rung = false;
    },
  };
}
