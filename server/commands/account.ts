import { UsageError } from "../arguments.ts";
import type { Configuration } from "../configuration.ts";
import { findAccountAlias, isAccountAlias } from "../iam/account-aliases.ts";
import { findAccount, listAccounts, openAccount, placeAccount } from "../iam/organisation/accounts.ts";
import type { OrganisationDeps } from "../iam/organisation/deps.ts";
import type { AccessKey } from "../identity/access-keys.ts";
import { credentialsDelivered, renewRootKey } from "../identity/create-account.ts";
import { profileText, writeProfile } from "../identity/credentials-file.ts";
import { credentialsFileOf, openInstallation } from "../installation.ts";
import { systemClock } from "../kernel/clock.ts";
import { type AccountId, parseAccountId } from "../kernel/names.ts";
import { configurationOfProcess, splitArguments, takeOptions } from "./command-line.ts";
import { requireBegun } from "./require-begun.ts";
import { revokeSessionsOf } from "./revoke-sessions.ts";

const USAGE = "The commands are longshore account create, list, move, rotate and revoke-sessions; longshore --help shows how.";

const DEFAULT_PROFILE = "default";

/** What the words after `longshore account` come to. */
interface Request {
  readonly configuration: Configuration;
  readonly deps: OrganisationDeps;
  readonly words: readonly string[];
  readonly options: ReadonlyMap<string, string>;
  /** Whether keys are to be printed in place of being written to the credentials file. */
  readonly print: boolean;
}

/** `longshore account …`: works on the data folder or the database directly, also while a server runs. */
export async function account(args: readonly string[]): Promise<void> {
  const { options, rest } = takeOptions(args, ["--id", "--alias", "--unit", "--of"]);
  const { switches, words, flags } = splitArguments(rest, ["--print"]);
  const [verb, ...more] = words;
  const run = COMMANDS[verb ?? ""];
  if (run === undefined) throw new UsageError(USAGE);
  const configuration = configurationOfProcess(flags);
  await requireBegun(configuration);
  await using installation = await openInstallation(configuration, systemClock);
  const deps = { ...installation, account: configuration.account };
  await run({ configuration, deps, words: more, options, print: switches.has("--print") });
}

const COMMANDS: Readonly<Record<string, (request: Request) => Promise<void>>> = {
  create,
  list,
  move,
  rotate,
  "revoke-sessions": ({ deps, words, options }) => revokeSessionsOf(deps, words, options.get("--of")),
};

async function create(request: Request): Promise<void> {
  const { deps, words, options } = request;
  const [id, alias, unit] = [options.get("--id"), options.get("--alias"), options.get("--unit")];
  if (words.length > 0) throw new UsageError(`longshore account create does not know what ${words[0]} is.`);
  const asked = id === undefined ? undefined : parseAccountId(id);
  if (id !== undefined && asked === undefined) throw new UsageError(`--id must be twelve digits, not ${id}.`);
  if (alias !== undefined && !isAccountAlias(alias)) {
    throw new UsageError("--alias must be 3 to 63 lower-case letters, digits and single hyphens, with no hyphen at either end.");
  }
  const made = await openAccount(deps, { id: asked, alias, unit });
  if (!request.print) process.stdout.write(`Made the account ${made.account}.\n`);
  await deliver(request, made.account, alias, made);
}

async function rotate(request: Request): Promise<void> {
  const found = await accountOf(request);
  const alias = await request.deps.metadata.readGlobal((tx) => findAccountAlias(tx, found));
  const key = await renewRootKey(request.deps, found);
  if (!request.print) process.stdout.write(`The root user of ${found} has a new access key; older ones are over.\n`);
  await deliver(request, found, alias, key);
}

async function move(request: Request): Promise<void> {
  const unit = request.options.get("--unit");
  if (unit === undefined) throw new UsageError("Say where to with --unit, such as --unit /Workloads/Production.");
  const found = await accountOf(request);
  await placeAccount(request.deps, found, unit);
  process.stdout.write(`The account ${found} is in ${unit}.\n`);
}

async function list({ deps }: Request): Promise<void> {
  const rows = (await deps.metadata.readGlobal(listAccounts)).map(({ account: id, alias, unit, isManager }) => [
    id,
    alias ?? "-",
    unit ?? "-",
    isManager ? "manages the organisation" : "",
  ]);
  const table = [["account", "alias", "unit", ""], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => (row[column] ?? "").length)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  process.stdout.write(`${lines.join("\n")}\n`);
}

async function accountOf({ deps, words }: Request): Promise<AccountId> {
  const [name, ...others] = words;
  if (name === undefined || others.length > 0) throw new UsageError("Name one account by its id or alias.");
  return deps.metadata.readGlobal((tx) => findAccount(tx, name));
}

/** Hands a new key to the person: into the credentials file, or onto the terminal. */
async function deliver(
  { configuration, deps, print }: Request,
  owner: AccountId,
  alias: string | undefined,
  { accessKeyId, secretAccessKey }: AccessKey,
): Promise<void> {
  const credentials = { accessKeyId, secretAccessKey, region: configuration.region };
  const profile = profileOf(configuration, owner, alias);
  if (print) process.stdout.write(profileText(profile, credentials));
  else {
    const path = credentialsFileOf(configuration);
    await writeProfile(path, profile, credentials);
    process.stdout.write(`Its key is the profile ${profile} of ${path}.\n`);
  }
  await credentialsDelivered(deps, owner);
}

/** The account of the first start is the profile that clients take when they are told of none, and no other account is. */
function profileOf({ account: first }: Configuration, owner: AccountId, alias: string = owner): string {
  if (owner === first) return DEFAULT_PROFILE;
  return alias === DEFAULT_PROFILE ? owner : alias;
}
