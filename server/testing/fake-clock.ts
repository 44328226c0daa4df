import type { Clock } from "../kernel/clock.ts";

/** A clock that a test moves. */
export type FakeClock = Clock & { advance(by_ms: number): void };

/** A clock that stands still until it is told to move. */
export function fakeClock(start_ms = Date.UTC(2026, 0, 1)): FakeClock {
  let now_ms = start_ms;
  return {
    now: () => now_ms,
    advance(by_ms) {
      now_ms += by_ms;
    },
  };
}
