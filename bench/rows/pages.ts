import { below, median, type Row } from "../row.ts";

export const PAGE_SIZE = 1_000;
const PAGE_MS = 50;
const REPEATS = 15;

/** What is measured of a list in pages: no page may be slow, and the last no slower than the first. */
export function pages(): Pick<Row, "figures" | "start" | "alone" | "rounds"> {
  return {
    figures: [
      { unit: "ms, first page", target: below(PAGE_MS) },
      { unit: "ms, last page", target: below(PAGE_MS) },
      { unit: "ms, slowest page", target: below(PAGE_MS) },
    ],
    start: { storage: "large" },
    alone: true,
    rounds: 1,
  };
}

/** The median time of a page that is asked for again and again. */
export async function repeated(page: () => Promise<{ duration_ms: number }>): Promise<number> {
  const durations: number[] = [];
  for (let i = 0; i < REPEATS; i++) durations.push((await page()).duration_ms);
  return median(durations);
}
