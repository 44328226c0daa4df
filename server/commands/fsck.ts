import { UsageError } from "../arguments.ts";
import type { Configuration } from "../configuration.ts";
import { findAll } from "../images/fsck/find-all.ts";
import { repositoryOfId } from "../images/fsck/find-strays.ts";
import { openForReading, openInstallation, openStores } from "../installation.ts";
import { systemClock } from "../kernel/clock.ts";
import { type AccountId, type Arn, type Region, repositoryArn } from "../kernel/names.ts";
import { collectGarbage } from "../layers/collect/collect-garbage.ts";
import type { Finding, RepairDeps } from "../layers/scrub/finding.ts";
import type { MetadataReader } from "../platform/metadata/metadata.ts";
import { configurationOfProcess, splitArguments } from "./command-line.ts";
import { CommandError, explainFailure } from "./failure.ts";
import { count, isClean, jsonOf, type Tally, tallyText } from "./fsck-text.ts";
import { requireBegun } from "./require-begun.ts";
import { stopSignal } from "./stop-signal.ts";

const USAGE = "longshore fsck takes --repair, --read-bytes and --json; longshore --help shows how.";
const EXIT_CODE_FOUND = 1;
const EXIT_CODE_FAILED = 2;
const HASH_THREADS = 1;

/** What looks, and what repairs where that was asked for. */
interface Opened {
  readonly metadata: MetadataReader;
  readonly repairs?: RepairDeps;
}

/** `longshore fsck`: what is wrong with what is stored. Without `--repair` it changes nothing. Exits with 1 for findings, and with 2 when it could not look. */
export async function fsck(args: readonly string[]): Promise<void> {
  const { switches, words, flags } = splitArguments(args, ["--repair", "--read-bytes", "--json"]);
  if (words.length > 0) throw new UsageError(USAGE);
  const configuration = configurationOfProcess(flags);
  const stop = new AbortController();
  void stopSignal().then(() => stop.abort(new CommandError("Stopped.", { exitCode: EXIT_CODE_FAILED })));
  try {
    const tally = await check(configuration, switches, stop.signal);
    if (!switches.has("--json")) process.stdout.write(tallyText(tally));
    process.exitCode = isClean(tally) ? 0 : EXIT_CODE_FOUND;
  } catch (error) {
    throw new CommandError(explainFailure(error).sentence, { cause: error, exitCode: EXIT_CODE_FAILED });
  }
}

async function check(configuration: Configuration, switches: ReadonlySet<string>, signal: AbortSignal): Promise<Tally> {
  await requireBegun(configuration);
  await using opened = new AsyncDisposableStack();
  const isRepairing = switches.has("--repair");
  const installation = isRepairing ? opened.use(await openInstallation(configuration, systemClock)) : undefined;
  const metadata = installation?.metadata ?? opened.use(await openForReading(configuration, systemClock)).metadata;
  const { blobs } = await openStores(configuration, metadata, HASH_THREADS);
  opened.use(blobs);
  const looking = { metadata, blobs, clock: systemClock, signal, readBytes: switches.has("--read-bytes") };
  const repairs = installation && { ...installation, blobs, signal };
  const tally = await tallyOf(findAll(looking), { metadata, ...(repairs !== undefined && { repairs }) }, switches.has("--json"));
  // What nobody names is not removed here, but by the one who knows how.
  if (repairs !== undefined && tally.counts.has("unnamed-bytes")) await collectGarbage(repairs, signal);
  return tally;
}

async function tallyOf(findings: AsyncIterable<Finding>, { metadata, repairs }: Opened, asJson: boolean): Promise<Tally> {
  const tally: Tally = { counts: new Map() };
  for await (const finding of findings) {
    const repaired = repairs === undefined ? undefined : await finding.repair?.(repairs);
    const found = { finding, repaired, repository: await arnOf(metadata, finding.repository_id) };
    count(tally, found);
    if (asJson) process.stdout.write(`${jsonOf(found)}\n`);
  }
  return tally;
}

async function arnOf(metadata: MetadataReader, id: number | undefined): Promise<Arn | undefined> {
  const row = id === undefined ? undefined : await metadata.readGlobal((tx) => tx.first(repositoryOfId, { id }));
  return row && repositoryArn({ account: row.account as AccountId, region: row.region as Region }, row.name);
}
