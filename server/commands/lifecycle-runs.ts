import { UsageError } from "../arguments.ts";
import { latestEvents } from "../lifecycle/runs/latest-events.ts";
import { latestRuns } from "../lifecycle/runs/latest-runs.ts";
import { findRepository } from "../repositories/find-repository.ts";
import { columnsText } from "./columns-text.ts";
import { type LifecycleRequest, repositoryNamed, runText, secondOf } from "./lifecycle-request.ts";

const SHOWN_MAX = 50;

/** `longshore lifecycle runs`: the latest runs, those that are held among them; with `--events` what they say to the world, as lines of JSON. */
export async function listRuns({ metadata, registry, words, switches }: LifecycleRequest): Promise<void> {
  const [word, ...others] = words;
  if (others.length > 0) throw new UsageError("Name one repository, or none for all of them.");
  const of = { repositoryName: word === undefined ? undefined : repositoryNamed(word), limit: SHOWN_MAX };
  if (switches.has("--events")) {
    for (const event of await latestEvents(metadata, registry, of)) process.stdout.write(`${JSON.stringify(event)}\n`);
    return;
  }
  const { repositoryName } = of;
  if (repositoryName !== undefined) await metadata.read(registry, (tx) => findRepository(tx, repositoryName));
  const runs = await latestRuns(metadata, registry, of);
  if (switches.has("--json")) process.stdout.write(`${JSON.stringify(runs, undefined, 2)}\n`);
  else if (runs.length === 0) process.stdout.write("No lifecycle policy has done anything yet.\n");
  else process.stdout.write(columnsText(runs.map((it) => [secondOf(it.startedAt), it.runId, it.repositoryName, runText(it)])));
}
