import { UsageError } from "../arguments.ts";
import type { Configuration } from "../configuration.ts";
import { openForReading, openInstallation, openStores } from "../installation.ts";
import { systemClock } from "../kernel/clock.ts";
import { countDamaged } from "../layers/scrub/damage-rows.ts";
import { beginPass, readPasses } from "../layers/scrub/pass-rows.ts";
import { runPass } from "../layers/scrub/run-pass.ts";
import type { ScrubPassRow } from "../platform/metadata/space-schema.ts";
import { configurationOfProcess, splitArguments } from "./command-line.ts";
import { CommandError } from "./failure.ts";
import { requireBegun } from "./require-begun.ts";
import { passText, progressText, statusText } from "./scrub-text.ts";
import { stopSignal } from "./stop-signal.ts";
import { visible } from "./visible.ts";

const USAGE = "longshore scrub takes one of --status and --continue, and --json; longshore --help shows how.";
const EXIT_CODE_INTERRUPTED = 130;
const HASH_THREADS = 1;

/** `longshore scrub`: verifies all stored layers now, beside a running server or without one; or tells how far that is. */
export async function scrub(args: readonly string[]): Promise<void> {
  const { switches, words, flags } = splitArguments(args, ["--status", "--continue", "--json"]);
  if (words.length > 0 || (switches.has("--status") && switches.has("--continue"))) throw new UsageError(USAGE);
  const configuration = configurationOfProcess(flags);
  await requireBegun(configuration);
  if (switches.has("--status")) await printStatus(configuration, switches.has("--json"));
  else await runNow(configuration, switches);
}

async function printStatus(configuration: Configuration, asJson: boolean): Promise<void> {
  await using reader = await openForReading(configuration, systemClock);
  const status = await reader.metadata.readGlobal(async (tx) => ({ ...(await readPasses(tx)), damaged: await countDamaged(tx) }));
  const { within_s } = configuration.scrub;
  process.stdout.write(asJson ? toJson({ ...status, within_s }) : statusText(status, within_s, systemClock.now()));
}

async function runNow(configuration: Configuration, switches: ReadonlySet<string>): Promise<void> {
  const stop = new AbortController();
  void stopSignal().then(() => stop.abort());
  await using installation = await openInstallation(configuration, systemClock);
  const { blobs } = await openStores(configuration, installation.metadata, HASH_THREADS);
  await using _blobs = blobs;
  const onDamage = (digest: string, why: string) => process.stderr.write(`\n${visible(`${digest} is damaged: ${why}`)}\n`);
  const deps = { ...installation, blobs, onDamage };
  const pass = await installation.metadata.writeGlobal(async (tx) => {
    const { current } = switches.has("--continue") ? await readPasses(tx) : {};
    return current ?? (await beginPass(tx, systemClock.now()));
  });
  const onProgress = (at: ScrubPassRow) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${progressText(at)}`);
  };
  const { rate_bytes } = configuration.scrub;
  const end = await runPass(deps, pass, { signal: stop.signal, rate_bytes, onProgress }).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
    return { state: "stopped" } as const;
  });
  if (process.stderr.isTTY) process.stderr.write("\n");
  if (end.state === "stopped") {
    process.stderr.write("Stopped. longshore scrub --continue goes on from here, and so does the server at its own pace.\n");
    process.exitCode = EXIT_CODE_INTERRUPTED;
    return;
  }
  if (end.state !== "ended") throw new CommandError("Another process has begun a pass of its own, or goes on with this one.");
  const { last } = await installation.metadata.readGlobal(readPasses);
  if (last === undefined) return;
  process.stdout.write(switches.has("--json") ? toJson(last) : passText(last));
  process.exitCode = last.damaged > 0 ? 1 : 0;
}

function toJson(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
