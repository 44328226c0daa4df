import { readFileSync } from "node:fs";
import { UsageError } from "../arguments.ts";
import { setIssuerKeys } from "../iam/providers/set-issuer-keys.ts";
import { openInstallation } from "../installation.ts";
import { systemClock } from "../kernel/clock.ts";
import { parseAccountId } from "../kernel/names.ts";
import { configurationOfProcess, splitArguments, takeOptions } from "./command-line.ts";
import { requireBegun } from "./require-begun.ts";

const USAGE = "The command is longshore oidc keys <issuer URL> with --file <key set> or --published; longshore --help shows how.";

/** `longshore oidc keys …`: gives the keys of an issuer that this server cannot ask, also while a server runs. */
export async function oidc(args: readonly string[]): Promise<void> {
  const { options, rest } = takeOptions(args, ["--file", "--of"]);
  const { switches, words, flags } = splitArguments(rest, ["--published"]);
  const [verb, url, ...more] = words;
  const file = options.get("--file");
  // One of the two, and not both.
  if (verb !== "keys" || url === undefined || more.length > 0 || (file === undefined) !== switches.has("--published")) {
    throw new UsageError(USAGE);
  }
  const configuration = configurationOfProcess(flags);
  const account = parseAccountId(options.get("--of") ?? configuration.account);
  if (account === undefined) throw new UsageError("--of must be an account's twelve digits.");
  await requireBegun(configuration);
  await using deps = await openInstallation(configuration, systemClock);
  await setIssuerKeys(deps, account, { url, keys: file === undefined ? undefined : readFileSync(file, "utf8") });
  const what = file === undefined ? "is asked for its keys again" : `is believed by the keys in ${file}, and not asked`;
  process.stdout.write(`The issuer ${url} ${what}.\n`);
}
