import type { Clock } from "../kernel/clock.ts";

/** A clock that stands still until it is told to move. */
export function fakeClock(start_ms = Date.UTC(2026, 0, 1)): Clock & { advance(by_ms: number): void } {
  let now_ms = start_ms;
  return {
    now: () => now_ms,
    advance(by_ms) {
      now_ms += by_ms;
    },
  };
}
