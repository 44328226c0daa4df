import { EVENTS_REMEMBERED_S } from "../../kernel/limits.ts";
import type { Writer } from "../../platform/metadata/metadata.ts";
import type { LifecycleRunRow } from "../../platform/metadata/space-schema.ts";
import { evaluateRepository } from "../evaluate-repository.ts";
import type { Verdict } from "../evaluate.ts";
import { inTurns } from "../in-turns.ts";
import { parseLifecyclePolicy } from "../parse-policy.ts";
import type { LifecycleAction } from "../policy.ts";
import { type Begun, beginRun, isSamePolicy, readPolicy, type RunDeps } from "./begin-run.ts";
import { BRAKE_IMAGES_MIN, mustAsk, precedentMin } from "./brake.ts";
import { carryOut } from "./carry-out.ts";
import { type Acting, orderGroups } from "./order.ts";
import { closeRun, deleteRunsBefore, insertRun, largestRunOf, newRun, openRunOf, setEvaluated, updateRun } from "./run-rows.ts";

/** How often a run evaluates anew because of what others do meanwhile; then it comes back a little later. */
const EVALUATIONS_MAX = 5;
const PAUSE_MS = 60 * 1000;
const PAUSE_AFTER_FAILURE_MS = 10 * 60 * 1000;
const ERROR_LENGTH_MAX = 2_000;

/**
 * Carries out the lifecycle policy of a repository, as it is and as the images are. It may be stopped anywhere and run again: each
 * transaction looks again at everything that it relies on. Returns when to run next, with what went wrong if something did, or undefined
 * when there is no policy any more.
 */
export async function runLifecyclePolicy(
  deps: RunDeps,
  repository_id: number,
  signal: AbortSignal,
): Promise<{ readonly again_at_ms: number; readonly failure?: unknown } | undefined> {
  try {
    for (let count = 1; count <= EVALUATIONS_MAX; count++) {
      const begun = await beginRun(deps, repository_id);
      if (begun === "over") return undefined;
      if ("again_at_ms" in begun) return begun;
      if ((await runOnce(deps, begun, signal)) === "done") return { again_at_ms: nextTime(deps) };
    }
  } catch (failure) {
    // Told to stop, it goes on where it was.
    if (signal.aborted) throw failure;
    await fail(deps, repository_id, failure).catch(() => undefined);
    // Never given up: nobody would notice that a policy is not carried out any more.
    return { again_at_ms: deps.clock.now() + PAUSE_AFTER_FAILURE_MS, failure };
  }
  return { again_at_ms: deps.clock.now() + PAUSE_MS };
}

/** Not all at the same minute, and none later than is promised. */
function nextTime({ clock, lifecycleInterval_s = 60 * 60 }: RunDeps): number {
  return clock.now() + Math.floor(lifecycleInterval_s * 1000 * (0.8 + 0.18 * Math.random()));
}

/** Evaluates and does what comes of it. `stale`: something has changed that it relied on. */
async function runOnce(deps: RunDeps, begun: Begun, signal: AbortSignal): Promise<"done" | "stale"> {
  const started_ms = deps.clock.now();
  const of = { policy: parseLifecyclePolicy(begun.document.text), repository: begun.repository.id };
  const { evaluation, verdicts } = await evaluateRepository(deps, of, signal);
  const decided = await decide(deps, begun, { verdicts, started_ms });
  if (typeof decided === "string") return decided;
  const order = (action: LifecycleAction) => {
    const due = verdicts.filter((it): it is Acting => it.because === "due" && it.action === action);
    return inTurns(
      orderGroups(due, (digest) => evaluation.childrenOf(digest)),
      signal,
    );
  };
  const groups = { EXPIRE: await order("EXPIRE"), TRANSITION: await order("TRANSITION") };
  const held = verdicts.filter((it) => it.because === "held");
  const run = { ...begun, run: decided, policy: of.policy, evaluation, groups, held };
  if ((await carryOut(deps, run, signal)) === "stale") return "stale";
  await complete(deps, begun, decided, started_ms);
  return "done";
}

interface Evaluated {
  readonly verdicts: readonly Verdict[];
  readonly started_ms: number;
}

/** Writes down what is to happen: returns the run that goes on, or `done` when there is nothing to do, or when somebody has to be asked. */
async function decide(deps: RunDeps, begun: Begun, evaluated: Evaluated): Promise<LifecycleRunRow | "done" | "stale"> {
  const { registry, repository, document, open } = begun;
  const planned = planOf(begun, evaluated, deps.clock.now());
  const decided = await deps.metadata.write(registry, async (tx) => {
    if (!isSamePolicy(document, (await readPolicy(tx, repository.id))?.document)) return "stale";
    const nothing = planned.expiring === planned.expired && planned.transitioning === planned.transitioned;
    if (nothing) await markEvaluated(tx, begun, evaluated.started_ms);
    if (nothing && open === undefined) return "done";
    const largest = await tx.first(largestRunOf, { repository: repository.id, expired_min: precedentMin(planned) });
    const held = !isApproved(planned, open) && mustAsk(deps.lifecycleBrake, planned, largest);
    const row: LifecycleRunRow = { ...planned, ...(held && { status: "HELD", approved_by: null }) };
    await tx.run(open === undefined ? insertRun : updateRun, row);
    if (held) await markEvaluated(tx, begun, evaluated.started_ms);
    return row;
  });
  if (typeof decided === "string" || decided.status !== "HELD") return decided;
  if (open?.status !== "HELD") warn(deps, begun, decided);
  return "done";
}

/** Whether somebody has approved of as much, also where the run was interrupted since. */
function isApproved({ expiring }: LifecycleRunRow, open: LifecycleRunRow | undefined): boolean {
  return open !== undefined && open.approved_by !== null && expiring <= open.expiring;
}

/** The row of a run that begins or goes on. Of one that was interrupted, what it has done already counts with what is left to do. */
function planOf({ repository, document, open }: Begun, { verdicts, started_ms }: Evaluated, now_ms: number): LifecycleRunRow {
  const count = (action: string) => verdicts.filter((it) => it.action === action).length;
  const run = open ?? newRun(repository.id, now_ms);
  return {
    ...run,
    status: "RUNNING",
    policy: document.text,
    started_ms,
    images: verdicts.length + run.expired,
    expiring: count("EXPIRE") + run.expired,
    transitioning: count("TRANSITION") + run.transitioned,
  };
}

function warn({ log }: RunDeps, { registry, repository }: Begun, { id, images, expiring }: LifecycleRunRow): void {
  log.warn(
    { ...registry, repository: repository.name, run: id, images, expiring },
    "a lifecycle policy would remove more images than it may without being asked about: longshore lifecycle approve lets it go on",
  );
}

async function complete(deps: RunDeps, begun: Begun, { id }: LifecycleRunRow, started_ms: number): Promise<void> {
  const repository = begun.repository.id;
  const ended_ms = deps.clock.now();
  await deps.metadata.write(begun.registry, async (tx) => {
    await tx.run(closeRun, { id, status: "COMPLETE", ended_ms, error: null });
    await markEvaluated(tx, begun, started_ms);
    const precedents = [
      await tx.first(largestRunOf, { repository, expired_min: 0 }),
      await tx.first(largestRunOf, { repository, expired_min: BRAKE_IMAGES_MIN }),
    ];
    const but = JSON.stringify(precedents.flatMap((it) => it?.id ?? []));
    await tx.run(deleteRunsBefore, { repository, ended_ms: ended_ms - EVENTS_REMEMBERED_S * 1000, but });
  });
}

async function markEvaluated(tx: Writer, { repository, document }: Begun, evaluated_ms: number): Promise<void> {
  await tx.run(setEvaluated, { repository: repository.id, updated_ms: document.updated_ms, evaluated_ms });
}

/** Whoever waits for the run is told. */
async function fail({ metadata, clock }: RunDeps, repository: number, reason: unknown): Promise<void> {
  const error = String(reason instanceof Error ? reason.message : reason).slice(0, ERROR_LENGTH_MAX);
  await metadata.writeGlobal(async (tx) => {
    const open = await tx.first(openRunOf, { repository });
    if (open !== undefined && open.status !== "HELD")
      await tx.run(closeRun, { id: open.id, status: "FAILED", ended_ms: clock.now(), error });
  });
}
