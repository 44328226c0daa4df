import { setImmediate as pause } from "node:timers/promises";
import type { Steps } from "../kernel/steps.ts";

/** How long an evaluation goes on before requests of others come first: a few of them may go on at once. */
const TURN_MS = 3;
/** Steps between two looks at the clock. */
const STEPS_AT_ONCE = 16;

/** Does work in turns with everything else that this process does. Throws the signal's reason once it is aborted. */
export async function inTurns<T>(steps: Steps<T>, signal: AbortSignal): Promise<T> {
  for (let turn = performance.now(); ; turn = performance.now()) {
    for (let count = 0; count % STEPS_AT_ONCE > 0 || performance.now() - turn < TURN_MS; count++) {
      const { done, value } = steps.next();
      if (done === true) return value;
    }
    signal.throwIfAborted();
    await pause();
  }
}
