import { UsageError } from "../arguments.ts";
import { findAccount } from "../iam/organisation/accounts.ts";
import type { OrganisationDeps } from "../iam/organisation/deps.ts";
import { revokeSessions } from "../iam/sessions/revoke-sessions.ts";
import { type AccountId, type Arn, parseAccountId } from "../kernel/names.ts";

const USAGE =
  "Name one user or role, by its ARN, or as user/<name> or role/<name> with its path, if it has one, before the name.";

/** `longshore account revoke-sessions`: `named` is the id or the alias of the account, where it is not in the ARN or the first one. */
export async function revokeSessionsOf(deps: OrganisationDeps, words: readonly string[], named?: string): Promise<void> {
  const [whose = "", ...others] = words;
  if (others.length > 0 || !/^(arn:|user\/|role\/)/.test(whose)) throw new UsageError(USAGE);
  const account = await accountOf(deps, whose, named);
  const arn = (whose.startsWith("arn:") ? whose : `arn:aws:iam::${account}:${whose}`) as Arn;
  const { tokenCount } = await revokeSessions(deps, account, arn);
  process.stdout.write(`All sessions of ${arn} that began before now have ended${tokensText(tokenCount)}.\n`);
}

async function accountOf(deps: OrganisationDeps, whose: string, named: string | undefined): Promise<AccountId> {
  if (named !== undefined) return deps.metadata.readGlobal((tx) => findAccount(tx, named));
  if (!whose.startsWith("arn:")) return deps.account;
  const account = parseAccountId(whose.split(":", 5)[4] ?? "");
  if (account === undefined) throw new UsageError(USAGE);
  return account;
}

function tokensText(count: number): string {
  if (count === 0) return "";
  return count === 1 ? ", a registry token among them" : `, ${count} registry tokens among them`;
}
