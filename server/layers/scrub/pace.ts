import { setTimeout } from "node:timers/promises";

/** Where a digest stands among all that there can be, from 0 to 1. They are spread evenly, so of the blobs there are as many before it. */
export function shareBefore(digest: string): number {
  const [algorithm, hex = ""] = digest.split(":");
  if (digest === "") return 0;
  // The few of another algorithm come behind all of these.
  return algorithm === "sha256" ? Number.parseInt(hex.slice(0, 8), 16) / 2 ** 32 : 1;
}

/** Tells how long to wait before so many bytes, so that no more go by in a second. Time in which none went by is not made up for. */
export function createBudget(rate_bytes: number): (bytes: number, now_ms: number) => number {
  let free_ms = 0;
  return (bytes, now_ms) => {
    const begin_ms = Math.max(now_ms, free_ms);
    free_ms = begin_ms + (bytes / rate_bytes) * 1000;
    return begin_ms - now_ms;
  };
}

/** Waits by such a budget. */
export function createPace(rate_bytes: number, signal: AbortSignal): (bytes: number) => Promise<void> {
  const spend = createBudget(rate_bytes);
  return async (bytes) => {
    const wait_ms = spend(bytes, performance.now());
    if (wait_ms > 0) await setTimeout(wait_ms, undefined, { signal });
  };
}
