import { setImmediate as pause } from "node:timers/promises";
import type { Steps } from "../kernel/steps.ts";

/** How long an evaluation goes on before requests of others come first. A policy may have thousands of patterns. */
const TURN_MS = 5;

/** Does work in turns with everything else that this process does. Throws the signal's reason once it is aborted. */
export async function inTurns<T>(steps: Steps<T>, signal: AbortSignal): Promise<T> {
  let turn = performance.now();
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (performance.now() - turn < TURN_MS) continue;
    signal.throwIfAborted();
    await pause();
    turn = performance.now();
  }
}
