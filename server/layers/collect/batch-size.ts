/** How many rows a transaction takes, by how long the ones before it took. */
export interface BatchSize {
  readonly rows: number;
  /** Does the work of one batch and learns from the time that it takes. */
  measure<T>(work: () => Promise<T>): Promise<T>;
}

/** Rows to begin with, and between which it stays. */
const ROWS_FIRST = 50;
const ROWS_MIN = 10;
const ROWS_MAX = 2_000;

/** Batches that take about `target_ms`, however slow the machine and however busy. */
export function adaptBatchSize(target_ms: number): BatchSize {
  let rows = ROWS_FIRST;
  return {
    get rows() {
      return rows;
    },
    async measure(work) {
      const begun_ms = performance.now();
      const result = await work();
      const taken_ms = performance.now() - begun_ms;
      // Towards more by steps: one batch that found nothing to do says little about the next.
      const factor = Math.min(target_ms / Math.max(taken_ms, 0.1), 1.5);
      rows = Math.round(Math.min(Math.max(rows * factor, ROWS_MIN), ROWS_MAX));
      return result;
    },
  };
}
