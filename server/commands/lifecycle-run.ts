import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { RepositoryName } from "../kernel/names.ts";
import { PAGE_SIZE_MAX } from "../kernel/limits.ts";
import { lifecycleRunner } from "../lifecycle/jobs.ts";
import { findLifecycleRun } from "../lifecycle/runs/list-runs.ts";
import { repositoriesWithPolicy } from "../lifecycle/runs/latest-runs.ts";
import { startLifecycleRun } from "../lifecycle/runs/start-run.ts";
import type { LifecycleRunView } from "../lifecycle/runs/view-run.ts";
import { startJobs } from "../platform/jobs/worker.ts";
import { columnsText } from "./columns-text.ts";
import { COMMAND, type LifecycleRequest, repositoryNamed, runText } from "./lifecycle-request.ts";
import { stopSignal } from "./stop-signal.ts";

const LOOK_MS = 200;
/** A server begins within a second what is due. */
const SERVER_BEGINS_WITHIN_MS = 3_000;
const OPEN: readonly string[] = ["QUEUED", "APPROVED", "RUNNING"];
const EXIT_CODE_INTERRUPTED = 130;

/** `longshore lifecycle run`: asks for runs and waits for them. Where no server begins them, it does them itself. */
export async function runLifecycle(request: LifecycleRequest): Promise<void> {
  const { words, switches } = request;
  const names = words.length > 0 ? words.map(repositoryNamed) : await allWithPolicy(request);
  const asked: LifecycleRunView[] = [];
  for (const repositoryName of names) asked.push(await startLifecycleRun(request, request, { repositoryName, by: COMMAND }));
  const stop = new AbortController();
  void stopSignal().then(() => stop.abort());
  const runs = await waitForAll(request, asked, stop.signal);
  if (switches.has("--json")) process.stdout.write(`${JSON.stringify(runs, undefined, 2)}\n`);
  else if (runs.length === 0) process.stdout.write("No repository has a lifecycle policy.\n");
  else process.stdout.write(columnsText(runs.map((it) => [`${it.repositoryName}:`, runText(it)])));
  if (stop.signal.aborted) process.exitCode = EXIT_CODE_INTERRUPTED;
  else if (runs.some((it) => it.status === "FAILED")) process.exitCode = 1;
}

async function allWithPolicy({ metadata, registry }: LifecycleRequest): Promise<readonly RepositoryName[]> {
  const names: RepositoryName[] = [];
  for (;;) {
    const page = await repositoriesWithPolicy(metadata, registry, { after: names.at(-1) ?? "", limit: PAGE_SIZE_MAX });
    names.push(...page);
    if (page.length < PAGE_SIZE_MAX) return names;
  }
}

/** Looks until no run is open any more, or the signal says to stop; that leaves them to the server. */
async function waitForAll(
  request: LifecycleRequest,
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
    for (const it of runs) next.push(isOpen(it) ? ((await findLifecycleRun(request, request, it)) ?? it) : it);
    runs = next;
    if (helps || performance.now() - begun < SERVER_BEGINS_WITHIN_MS || !runs.some((it) => it.status === "QUEUED")) continue;
    helps = true;
    own.use(startWorker(request, signal));
  }
  return runs;
}

function isOpen({ status }: LifecycleRunView): boolean {
  return OPEN.includes(status);
}

function startWorker({ metadata, clock, configuration }: LifecycleRequest, signal: AbortSignal): AsyncDisposable {
  const log = { warn: () => undefined };
  const { kind, run } = lifecycleRunner({ ...configuration, metadata, clock, quotas: configuration, log });
  return startJobs({ metadata, clock, runners: { [kind]: run }, owner: randomUUID(), signal });
}
