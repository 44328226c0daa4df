import { UsageError } from "../arguments.ts";
import { openInstallation } from "../installation.ts";
import { systemClock } from "../kernel/clock.ts";
import { parseAccountId } from "../kernel/names.ts";
import { approveLifecycleRun } from "../lifecycle/runs/approve-run.ts";
import { configurationOfProcess, splitArguments, takeOptions } from "./command-line.ts";
import { explainLifecycle } from "./lifecycle-explain.ts";
import { COMMAND, type LifecycleRequest, repositoryNamed } from "./lifecycle-request.ts";
import { runLifecycle } from "./lifecycle-run.ts";
import { listRuns } from "./lifecycle-runs.ts";
import { requireBegun } from "./require-begun.ts";

const USAGE = "The commands are longshore lifecycle run, runs, approve and explain; longshore --help shows how.";

/** `longshore lifecycle …`: works on the data folder or the database directly, also while a server runs. */
export async function lifecycle(args: readonly string[]): Promise<void> {
  const { options, rest } = takeOptions(args, ["--of"]);
  const { switches, words, flags } = splitArguments(rest, ["--json", "--events"]);
  const [verb = "", ...more] = words;
  const run = Object.hasOwn(COMMANDS, verb) ? COMMANDS[verb] : undefined;
  if (run === undefined) throw new UsageError(USAGE);
  const configuration = configurationOfProcess(flags);
  await requireBegun(configuration);
  const account = parseAccountId(options.get("--of") ?? configuration.account);
  if (account === undefined) throw new UsageError("--of must be an account's twelve digits.");
  await using installation = await openInstallation(configuration, systemClock);
  const registry = { account, region: configuration.region };
  await run({ ...installation, configuration, quotas: configuration, registry, words: more, switches });
}

const COMMANDS: Readonly<Record<string, (request: LifecycleRequest) => Promise<void>>> = {
  run: runLifecycle,
  runs: listRuns,
  approve,
  explain: explainLifecycle,
};

async function approve(request: LifecycleRequest): Promise<void> {
  const [name, runId, ...others] = request.words;
  if (name === undefined || others.length > 0) throw new UsageError("Name a repository, and its run if it must be that one.");
  const run = await approveLifecycleRun(request, request, { repositoryName: repositoryNamed(name), runId, by: COMMAND });
  process.stdout.write(`The run ${run.runId} of ${name} goes on now, and removes up to ${run.expiringImageCount} images.\n`);
}
