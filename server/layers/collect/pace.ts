import { performance } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";

/** The pace of work in batches: how many rows a transaction takes, and how long others have between two of them. */
export interface Pace {
  /** For the next batch. */
  readonly rows: number;
  /** Does the work of one batch and learns from the time that it takes. */
  measure<T>(work: () => Promise<T>): Promise<T>;
  /** Waits, in proportion to what the last batch took and to how busy this process is. */
  rest(): Promise<void>;
}

/** Rows to begin with, and between which it stays. */
const ROWS_FIRST = 50;
const ROWS_MIN = 10;
const ROWS_MAX = 2_000;
/** How much longer than a batch the rest after it is where a process is never idle. A request takes many turns, and is not to wait for a batch at each. */
const REST_FACTOR = 3;

/** Batches that take about `target_ms`, however slow the machine and however busy. */
export function adaptPace(target_ms: number): Pace {
  let rows = ROWS_FIRST;
  let taken_ms = 0;
  let load = performance.eventLoopUtilization();
  return {
    get rows() {
      return rows;
    },
    async measure(work) {
      const begun_ms = performance.now();
      const result = await work();
      taken_ms = performance.now() - begun_ms;
      // Towards more by steps: one batch that found nothing to do says little about the next.
      const factor = Math.min(target_ms / Math.max(taken_ms, 0.1), 1.5);
      rows = Math.round(Math.min(Math.max(rows * factor, ROWS_MIN), ROWS_MAX));
      return result;
    },
    async rest() {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, load);
      load = now;
      await setTimeout(Math.min(taken_ms, target_ms) * utilization * REST_FACTOR);
    },
  };
}
