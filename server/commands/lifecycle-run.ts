import { randomUUID } from "node:crypto";
import { RegistryError } from "../kernel/errors.ts";
import type { RepositoryName } from "../kernel/names.ts";
import { PAGE_SIZE_MAX } from "../kernel/limits.ts";
import { getLifecyclePolicy } from "../lifecycle/lifecycle-policy.ts";
import { lifecycleRunner } from "../lifecycle/jobs.ts";
import { repositoriesWithPolicy } from "../lifecycle/runs/latest-runs.ts";
import { startLifecycleRun } from "../lifecycle/runs/start-run.ts";
import type { LifecycleRunView } from "../lifecycle/runs/view-run.ts";
import { startJobs } from "../platform/jobs/worker.ts";
import { columnsText } from "./columns-text.ts";
import { COMMAND, type LifecycleRequest, repositoryNamed, runText } from "./lifecycle-request.ts";
import { stopSignal } from "./stop-signal.ts";
import { waitForRuns } from "./wait-for-runs.ts";

const EXIT_CODE_INTERRUPTED = 130;

/** `longshore lifecycle run`: asks for runs and waits for them. Where no server begins them, it does them itself. */
export async function runLifecycle(request: LifecycleRequest): Promise<void> {
  const { words, switches } = request;
  const asked = words.length > 0 ? await askFor(request, words.map(repositoryNamed)) : await askForAll(request);
  const stop = new AbortController();
  void stopSignal().then(() => stop.abort());
  const startWorker = () => workerOf(request, stop.signal);
  const runs = await waitForRuns({ ...request, startWorker }, asked, stop.signal);
  if (switches.has("--json")) process.stdout.write(`${JSON.stringify(runs, undefined, 2)}\n`);
  else if (runs.length === 0) process.stdout.write("No repository has a lifecycle policy.\n");
  else process.stdout.write(columnsText(runs.map((it) => [`${it.repositoryName}:`, runText(it)])));
  if (stop.signal.aborted) process.exitCode = EXIT_CODE_INTERRUPTED;
  else if (runs.some((it) => it.status === "FAILED")) process.exitCode = 1;
}

/** Asks for none where one of them has no policy, or is not there. */
async function askFor(request: LifecycleRequest, names: readonly RepositoryName[]): Promise<readonly LifecycleRunView[]> {
  for (const repositoryName of names) await getLifecyclePolicy(request, request, { repositoryName });
  const asked: LifecycleRunView[] = [];
  for (const name of names) asked.push(await start(request, name));
  return asked;
}

async function askForAll(request: LifecycleRequest): Promise<readonly LifecycleRunView[]> {
  const asked: LifecycleRunView[] = [];
  for (const name of await allWithPolicy(request)) {
    try {
      asked.push(await start(request, name));
    } catch (error) {
      // The repository or its policy may be gone since it was listed.
      if (!(error instanceof RegistryError)) throw error;
    }
  }
  return asked;
}

function start(request: LifecycleRequest, repositoryName: RepositoryName): Promise<LifecycleRunView> {
  return startLifecycleRun(request, request, { repositoryName, by: COMMAND });
}

async function allWithPolicy({ metadata, registry }: LifecycleRequest): Promise<readonly RepositoryName[]> {
  const names: RepositoryName[] = [];
  for (;;) {
    const page = await repositoriesWithPolicy(metadata, registry, { after: names.at(-1) ?? "", limit: PAGE_SIZE_MAX });
    names.push(...page);
    if (page.length < PAGE_SIZE_MAX) return names;
  }
}

function workerOf({ metadata, clock, configuration }: LifecycleRequest, signal: AbortSignal): AsyncDisposable {
  const log = { warn: () => undefined };
  const { kind, run } = lifecycleRunner({ ...configuration, metadata, clock, quotas: configuration, log });
  return startJobs({ metadata, clock, runners: { [kind]: run }, owner: randomUUID(), signal });
}
