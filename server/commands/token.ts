import { readFileSync } from "node:fs";
import { UsageError } from "../arguments.ts";
import { createRegistryToken, isTokenName } from "../iam/registry-tokens/create-registry-token.ts";
import { deleteToken } from "../iam/registry-tokens/delete-registry-token.ts";
import { listTokens } from "../iam/registry-tokens/list-registry-tokens.ts";
import { rootOf } from "../identity/principals.ts";
import { type Installation, openInstallation } from "../installation.ts";
import { systemClock } from "../kernel/clock.ts";
import { PAGE_SIZE_MAX } from "../kernel/limits.ts";
import { type AccountId, type Arn, parseAccountId } from "../kernel/names.ts";
import { configurationOfProcess, splitArguments, takeOptions } from "./command-line.ts";
import { requireBegun } from "./require-begun.ts";

const USAGE = "The commands are longshore token create, list and delete; longshore --help shows how.";
const DAY_S = 24 * 60 * 60;
const DAYS = /^[1-9][0-9]{0,3}$/;

/** What the words after `longshore token` come to. */
interface Request {
  readonly deps: Installation;
  readonly account: AccountId;
  readonly words: readonly string[];
  readonly options: ReadonlyMap<string, string>;
}

/** `longshore token …`: works on the data folder or the database directly, also while a server runs. */
export async function token(args: readonly string[]): Promise<void> {
  const { options, rest } = takeOptions(args, ["--for", "--days", "--scope", "--of"]);
  const { words, flags } = splitArguments(rest, []);
  const [verb, ...more] = words;
  const run = COMMANDS[verb ?? ""];
  if (run === undefined) throw new UsageError(USAGE);
  const configuration = configurationOfProcess(flags);
  await requireBegun(configuration);
  await using deps = await openInstallation(configuration, systemClock);
  await run({ deps, account: accountOf(options, configuration.account), words: more, options });
}

const COMMANDS: Readonly<Record<string, (request: Request) => Promise<void>>> = { create, list, delete: remove };

/** Prints the password alone on its line, so that it can be piped into `docker login --password-stdin`. */
async function create({ deps, account, words, options }: Request): Promise<void> {
  const [name, ...others] = words;
  if (name === undefined || others.length > 0) throw new UsageError("Give the token one name, such as edge-cluster.");
  if (!isTokenName(name)) throw new UsageError("A token's name has 2 to 64 letters, digits and any of +=,.@-_ in it.");
  const days = options.get("--days");
  if (days !== undefined && !DAYS.test(days)) throw new UsageError(`--days must be a number from 1 to 9999, not ${days}.`);
  const scope = options.get("--scope");
  const { registryToken, password } = await createRegistryToken(deps, rootOf(account), {
    name,
    ...(options.has("--for") && { principalArn: options.get("--for") as Arn }),
    ...(days !== undefined && { validForSeconds: Number(days) * DAY_S }),
    ...(scope !== undefined && { scopePolicy: readFileSync(scope, "utf8") }),
  });
  process.stderr.write(
    `Made the token ${registryToken.tokenId} of ${registryToken.principalArn}, good until ${dayOf(registryToken.expiresAt)}. ` +
      `Log in as AWS with this password, which is not shown again:\n`,
  );
  process.stdout.write(`${password}\n`);
}

async function list({ deps, account }: Request): Promise<void> {
  let after = "";
  for (;;) {
    const page = await listTokens(deps, account, { after, limit: PAGE_SIZE_MAX });
    for (const { tokenId, name, principalArn, expiresAt, lastUsedAt } of page) {
      const used = lastUsedAt === undefined ? "never used" : `used ${dayOf(lastUsedAt)}`;
      process.stdout.write(`${tokenId}  until ${dayOf(expiresAt)}  ${used}  ${principalArn}  ${name}\n`);
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_SIZE_MAX) return;
    after = last.tokenId;
  }
}

async function remove({ deps, account, words }: Request): Promise<void> {
  const [id, ...others] = words;
  if (id === undefined || others.length > 0) throw new UsageError("Name one token by its id; longshore token list shows them.");
  await deleteToken(deps, account, id);
  process.stdout.write(`The token ${id} is over.\n`);
}

/** The account that is named, or that of the principal, or else the first one. */
function accountOf(options: ReadonlyMap<string, string>, first: AccountId): AccountId {
  const named = options.get("--of") ?? options.get("--for")?.split(":", 5)[4];
  if (named === undefined) return first;
  const account = parseAccountId(named);
  if (account === undefined)
    throw new UsageError("--of must be an account's twelve digits, and --for the ARN of a user or role.");
  return account;
}

function dayOf(time_s: number): string {
  return new Date(time_s * 1000).toISOString().slice(0, 10);
}
