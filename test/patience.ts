/**
 * How long tests wait for what takes moments. Machines that are shared can be fifty times slower than themselves for a while, and
 * only what never comes is a failure.
 */
export const PATIENCE_MS = 5 * 60_000;

const LOOK_EVERY_MS = 20;

export function sleep(duration_ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, duration_ms));
}

/** Asks again and again until it is so. Throws, with what was waited for, when that never comes. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`Within ${PATIENCE_MS / 60_000} minutes it did not come to this: ${what}.`);
    await sleep(LOOK_EVERY_MS);
  }
}
