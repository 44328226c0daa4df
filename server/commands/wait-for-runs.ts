import { setTimeout as sleep } from "node:timers/promises";
import type { RegistryId } from "../kernel/names.ts";
import { findLifecycleRun } from "../lifecycle/runs/list-runs.ts";
import type { LifecycleRunView } from "../lifecycle/runs/view-run.ts";
import type { Metadata } from "../platform/metadata/metadata.ts";

const LOOK_MS = 200;
/** A server begins within a second what is due. */
const SERVER_BEGINS_WITHIN_MS = 3_000;
const OPEN: readonly string[] = ["QUEUED", "APPROVED", "RUNNING"];

interface Waiting {
  readonly metadata: Metadata;
  readonly registry: RegistryId;
  /** Called once, where no server begins what was asked for. What it returns is disposed of in the end. */
  readonly startWorker: () => AsyncDisposable;
}

/** Looks until no run is open any more, or the signal says to stop; that leaves them to the server. A run goes with its repository. */
export async function waitForRuns(
  waiting: Waiting,
  asked: readonly LifecycleRunView[],
  signal: AbortSignal,
): Promise<readonly LifecycleRunView[]> {
  await using own = new AsyncDisposableStack();
  const begun = performance.now();
  let runs = asked;
  let helps = false;
  while (runs.some(isOpen) && !signal.aborted) {
    await sleep(LOOK_MS);
    const next: LifecycleRunView[] = [];
    for (const it of runs) next.push(isOpen(it) ? ((await findLifecycleRun(waiting, waiting, it)) ?? goneWith(it)) : it);
    runs = next;
    if (helps || performance.now() - begun < SERVER_BEGINS_WITHIN_MS || !runs.some((it) => it.status === "QUEUED")) continue;
    helps = true;
    own.use(waiting.startWorker());
  }
  return runs;
}

function isOpen({ status }: LifecycleRunView): boolean {
  return OPEN.includes(status);
}

function goneWith(run: LifecycleRunView): LifecycleRunView {
  return { ...run, status: "SUPERSEDED", statusReason: "the repository is gone." };
}
