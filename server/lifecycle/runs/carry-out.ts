import type { LifecycleAction } from "../policy.ts";
import type { RunDeps } from "./begin-run.ts";
import { moveBatch, WITNESSES_MAX } from "./move-batch.ts";
import { type Acting, cutBatches } from "./order.ts";
import type { Plan, Progress } from "./plan.ts";

/** Images in one transaction, without what goes along: others who write wait for milliseconds. */
const BATCH_IMAGES = 50;

/**
 * Does what was decided, batch by batch. What was done to an image meanwhile saves it. `stale`: what others depend on has changed, the
 * policy or an image that is among the newest of a rule; all is to be decided again. Throws the signal's reason once it is aborted.
 */
export async function carryOut(deps: RunDeps, plan: Plan, signal: AbortSignal): Promise<"done" | "stale"> {
  const progress: Progress = { moved: new Set(), witness: 0 };
  // What an index holds that expires can be archived once that has gone.
  for (const action of ["EXPIRE", "TRANSITION"] as const) {
    if ((await moveAll(deps, plan, { action, progress }, signal)) === "stale") return "stale";
  }
  return "done";
}

async function moveAll(
  deps: RunDeps,
  plan: Plan,
  { action, progress }: { readonly action: LifecycleAction; readonly progress: Progress },
  signal: AbortSignal,
): Promise<"done" | "stale"> {
  const witnesses = plan.evaluation.witnesses();
  let groups = plan.groups[action];
  for (;;) {
    const before = progress.moved.size;
    const waiting: Acting[] = [];
    const batches = cutBatches(groups, BATCH_IMAGES).toReversed();
    for (let batch = batches.pop(); batch !== undefined; batch = batches.pop()) {
      signal.throwIfAborted();
      const result = await moveBatch(deps, plan, { action, batch, witnesses, progress });
      if (result === "stale") return "stale";
      if (result === "too-much") {
        const middle = Math.ceil(batch.length / 2);
        batches.push(batch.slice(middle), batch.slice(0, middle));
        continue;
      }
      for (const digest of result.moved) progress.moved.add(digest);
      progress.witness += WITNESSES_MAX;
      waiting.push(...result.waiting);
    }
    // What waits for what has just gone can go now; what waits for anything else stays.
    if (waiting.length === 0 || progress.moved.size === before) return "done";
    groups = [waiting];
  }
}
