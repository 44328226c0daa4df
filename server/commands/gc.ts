import { UsageError } from "../arguments.ts";
import type { Configuration } from "../configuration.ts";
import { openForReading, openInstallation, openStores } from "../installation.ts";
import { systemClock } from "../kernel/clock.ts";
import { collectGarbage } from "../layers/collect/collect-garbage.ts";
import type { Collection } from "../layers/collect/collection.ts";
import { keepCollection, lastCollection } from "../layers/collect/last-collection.ts";
import { previewCollection } from "../layers/collect/preview-collection.ts";
import { collectionText } from "./collection-text.ts";
import { configurationOfProcess, splitArguments } from "./command-line.ts";
import { requireBegun } from "./require-begun.ts";
import { stopSignal } from "./stop-signal.ts";

const USAGE = "longshore gc takes one of --dry-run and --status, and --json; longshore --help shows how.";
const EXIT_CODE_INTERRUPTED = 130;

/** `longshore gc`: collects garbage now, beside a running server or without one; or tells what it would do, or did last. */
export async function gc(args: readonly string[]): Promise<void> {
  const { switches, words, flags } = splitArguments(args, ["--dry-run", "--status", "--json"]);
  if (words.length > 0 || (switches.has("--dry-run") && switches.has("--status"))) throw new UsageError(USAGE);
  const configuration = configurationOfProcess(flags);
  await requireBegun(configuration);
  const stop = new AbortController();
  void stopSignal().then(() => stop.abort());
  const kind = kindOf(switches);
  const collection = await RUNS[kind](configuration, stop.signal);
  if (switches.has("--json")) process.stdout.write(`${JSON.stringify(collection ?? null, undefined, 2)}\n`);
  else process.stdout.write(collectionText(collection, kind));
  process.exitCode = stop.signal.aborted ? EXIT_CODE_INTERRUPTED : kind === "now" && collection?.failures !== 0 ? 1 : 0;
}

function kindOf(switches: ReadonlySet<string>): "now" | "preview" | "last" {
  if (switches.has("--dry-run")) return "preview";
  return switches.has("--status") ? "last" : "now";
}

const RUNS: Readonly<
  Record<"now" | "preview" | "last", (configuration: Configuration, signal: AbortSignal) => Promise<Collection | undefined>>
> = {
  async now(configuration, signal) {
    await using installation = await openInstallation(configuration, systemClock);
    // Nothing is hashed here.
    const { blobs } = await openStores(configuration, installation.metadata, 0);
    await using _blobs = blobs;
    const deps = { ...installation, blobs };
    const collection = await collectGarbage(deps, signal);
    await keepCollection(deps, collection);
    return collection;
  },
  async preview(configuration, signal) {
    await using reader = await openForReading(configuration, systemClock);
    return await previewCollection(reader, signal);
  },
  async last(configuration) {
    await using reader = await openForReading(configuration, systemClock);
    return await lastCollection(reader);
  },
};
