import { UsageError } from "../arguments.ts";
import type { Configuration } from "../configuration.ts";
import { openInstallation, openStores } from "../installation.ts";
import { systemClock } from "../kernel/clock.ts";
import { healFromPeer } from "../layers/heal/heal-from-peer.ts";
import type { Peer } from "../layers/heal/peer.ts";
import { countDamaged } from "../layers/scrub/damage-rows.ts";
import { allowHostOf, NOTHING_PRIVATE } from "../platform/egress/allowance.ts";
import { createEgress } from "../platform/egress/egress.ts";
import { configurationOfProcess, splitArguments, takeOptions } from "./command-line.ts";
import { healingsText, healingText } from "./heal-text.ts";
import { requireBegun } from "./require-begun.ts";
import { stopSignal } from "./stop-signal.ts";

const USAGE = "longshore heal takes --from <url>, --password-stdin and --json; longshore --help shows how.";
const EXIT_CODE_INTERRUPTED = 130;
const HASH_THREADS = 1;
/** ECR's, and ours. */
const USER_DEFAULT = "AWS";
const PASSWORD_BYTES_MAX = 64 * 1024;

/**
 * `longshore heal`: gets what is damaged from another registry, beside a running server or without one. Exits with 0 when nothing is
 * damaged any more.
 */
export async function heal(args: readonly string[]): Promise<void> {
  const { options, rest } = takeOptions(args, ["--from"]);
  const { switches, words, flags } = splitArguments(rest, ["--password-stdin", "--json"]);
  const from = options.get("--from");
  if (words.length > 0 || from === undefined) throw new UsageError(USAGE);
  const url = peerUrl(from);
  const configuration = configurationOfProcess(flags);
  await requireBegun(configuration);
  const password = switches.has("--password-stdin") ? await readPassword() : process.env["LONGSHORE_PEER_PASSWORD"];
  const peer = {
    url,
    // Whoever runs this has named the host; where that sends us on to is as closed as ever.
    egress: createEgress(allowHostOf(url, configuration.egressAllow ?? NOTHING_PRIVATE)),
    authorization: password ? basicOf(process.env["LONGSHORE_PEER_USER"] || USER_DEFAULT, password) : undefined,
  };
  await healAll(configuration, peer, switches.has("--json"));
}

async function healAll(configuration: Configuration, peer: Peer, asJson: boolean): Promise<void> {
  const stop = new AbortController();
  void stopSignal().then(() => stop.abort());
  await using installation = await openInstallation(configuration, systemClock);
  const { blobs } = await openStores(configuration, installation.metadata, HASH_THREADS);
  await using _blobs = blobs;
  let healed = 0;
  try {
    for await (const layer of healFromPeer({ ...installation, blobs }, peer, stop.signal)) {
      process.stdout.write(asJson ? `${JSON.stringify(layer)}\n` : healingText(layer));
      if (layer.state === "healed" || layer.state === "sound") healed++;
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    process.stderr.write("Stopped. What is healed stays so; the same command goes on with the rest.\n");
    process.exitCode = EXIT_CODE_INTERRUPTED;
    return;
  }
  const damaged = await installation.metadata.readGlobal(countDamaged);
  if (!asJson) process.stdout.write(healingsText(healed, damaged));
  process.exitCode = damaged > 0 ? 1 : 0;
}

function peerUrl(text: string): URL {
  const url = URL.parse(text);
  // The text itself is not repeated: it may have a password in it.
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError("--from must be the URL of a registry, such as https://registry.example.com.");
  }
  if (url.username !== "" || url.password !== "") {
    throw new UsageError(
      "--from shows to everybody on this machine: give the password by LONGSHORE_PEER_PASSWORD or --password-stdin.",
    );
  }
  if (url.search !== "" || url.hash !== "") throw new UsageError("--from is the URL of a registry, without ? or # in it.");
  return url;
}

function basicOf(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

async function readPassword(): Promise<string> {
  const chunks: Buffer[] = [];
  let size_bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size_bytes += chunk.length;
    if (size_bytes > PASSWORD_BYTES_MAX) throw new UsageError("What came on the standard input is too long for a password.");
    chunks.push(chunk);
  }
  const password = Buffer.concat(chunks)
    .toString()
    .replace(/\r?\n$/, "");
  if (password === "") throw new UsageError("There was no password on the standard input.");
  return password;
}
