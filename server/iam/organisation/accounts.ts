import { accountExists, type AccessKey } from "../../identity/access-keys.ts";
import { createAccount } from "../../identity/create-account.ts";
import type { AccountId } from "../../kernel/names.ts";
import { query } from "../../platform/metadata/query.ts";
import { findAccountAlias, findAccountByAlias, setAccountAlias } from "../account-aliases.ts";
import { ensureOrganisation } from "./create-organisation.ts";
import type { OrganisationDeps } from "./deps.ts";
import { UNIT_DEPTH_MAX } from "./limits.ts";
import { addMember, moveMember, unusedAccountId } from "./members.ts";
import { findMember, findOrganisation, type GlobalReader, type GlobalWriter, type Organisation } from "./organisation.ts";
import { addUnit, findUnitByName, requireParent, unitsUpTo } from "./units.ts";

/** How a person names a unit: the names of the units from the root down, `/Workloads/Production`; `/` is the root. */
const UNIT_NAME_LENGTH_MAX = 128;

const accountsAfter = query<{ after: string; limit: number }>()((db, p) =>
  db
    .selectFrom("accounts")
    .leftJoin("account_aliases", "account_aliases.account", "accounts.account")
    .leftJoin("organisation_accounts", "organisation_accounts.account", "accounts.account")
    .select(["accounts.account", "account_aliases.alias", "organisation_accounts.unit_id"])
    .where("accounts.account", ">", p.after)
    .orderBy("accounts.account")
    .limit(p.limit),
);
const ACCOUNTS_READ_AT_ONCE = 1_000;

/** What an operator says of a new account. */
export interface OpenAccount {
  /** A random one when absent. */
  readonly id?: AccountId | undefined;
  readonly alias?: string | undefined;
  /** Where in the organisation; its root when absent, and nowhere when there is no organisation. Units that are not there are made. */
  readonly unit?: string | undefined;
}

/**
 * Makes an account for an operator, with an access key for its root user to be handed over until `credentialsDelivered` is called.
 * Asked again for the same id until then, it answers the same key. Throws an Error with a sentence when the account is there
 * already or its id, alias or unit cannot be.
 */
export async function openAccount(
  deps: OrganisationDeps,
  { id, alias, unit }: OpenAccount,
): Promise<AccessKey & { readonly account: AccountId }> {
  const account = id ?? (await deps.metadata.readGlobal(unusedAccountId));
  const made = await createAccount(deps, account, async (tx) => {
    if ((await findMember(tx, account)) !== undefined) throw new Error(`The account ${account} was closed; its id stays taken.`);
    if (alias !== undefined) await setAccountAlias(tx, account, alias);
    const organisation = unit === undefined ? await findOrganisation(tx) : await organisationFor(tx, deps);
    if (organisation === undefined) return;
    const now_ms = deps.clock.now();
    const unitId = await ensureUnits(tx, organisation, unit ?? "/", now_ms);
    // Whoever makes the organisation is in it from the first.
    if (organisation.manager === account) return moveMember(tx, account, unitId);
    const member = { account, unit: unitId, name: alias ?? account, joined_method: "CREATED", now_ms } as const;
    await addMember(tx, organisation.controls, member);
  });
  if (!made.created) throw new Error(`There is an account ${account} already.`);
  return { account, accessKeyId: made.accessKeyId, secretAccessKey: made.secretAccessKey };
}

/** Puts an account into a unit of the organisation, from outside or from another unit. Throws an Error with a sentence. */
export function placeAccount(deps: OrganisationDeps, account: AccountId, unit: string): Promise<void> {
  return deps.metadata.writeGlobal(async (tx) => {
    const now_ms = deps.clock.now();
    const organisation = await organisationFor(tx, deps);
    const unitId = await ensureUnits(tx, organisation, unit, now_ms);
    if ((await findMember(tx, account)) !== undefined) return moveMember(tx, account, unitId);
    const name = (await findAccountAlias(tx, account)) ?? account;
    await addMember(tx, organisation.controls, { account, unit: unitId, name, joined_method: "INVITED", now_ms });
  });
}

/** The account of this id or alias. Throws an Error with a sentence when there is none. */
export async function findAccount(tx: GlobalReader, idOrAlias: string): Promise<AccountId> {
  // The id goes first: anybody may choose an alias of twelve digits for an account of their own.
  if ((await tx.first(accountExists, { account: idOrAlias })) !== undefined) return idOrAlias as AccountId;
  const account = await findAccountByAlias(tx, idOrAlias);
  if (account === undefined) throw new Error(`There is no account ${idOrAlias}.`);
  return account;
}

/** An account, as a list for people has it. */
export interface ListedAccount {
  readonly account: string;
  readonly alias: string | undefined;
  /** The path of its unit, or undefined outside of the organisation. */
  readonly unit: string | undefined;
  readonly isManager: boolean;
}

/** Every account that somebody can come from, in the order of the ids. */
export async function listAccounts(tx: GlobalReader): Promise<readonly ListedAccount[]> {
  const manager = (await findOrganisation(tx))?.manager;
  const paths = new Map<string, string>();
  const listed: ListedAccount[] = [];
  for (let after = ""; ; ) {
    const rows = await tx.all(accountsAfter, { after, limit: ACCOUNTS_READ_AT_ONCE });
    for (const { account, alias, unit_id } of rows) {
      if (unit_id !== null && !paths.has(unit_id)) paths.set(unit_id, await namePath(tx, unit_id));
      const unit = unit_id === null ? undefined : paths.get(unit_id);
      listed.push({ account, alias: alias ?? undefined, unit, isManager: account === manager });
    }
    const last = rows.at(-1);
    if (last === undefined) return listed;
    after = last.account;
  }
}

async function namePath(tx: GlobalReader, unit: string): Promise<string> {
  const [, ...units] = await unitsUpTo(tx, unit);
  return `/${units.map((it) => it.name).join("/")}`;
}

/** The organisation, made now if there is none: by the account of the first start. */
async function organisationFor(tx: GlobalWriter, { account, clock }: OrganisationDeps): Promise<Organisation> {
  const found = await findOrganisation(tx);
  if (found !== undefined) return found;
  return ensureOrganisation(tx, await findAccount(tx, account), clock.now());
}

/** The unit at a path, made as far as it is not there. Throws an Error with a sentence for a path that cannot be. */
async function ensureUnits(tx: GlobalWriter, organisation: Organisation, path: string, now_ms: number): Promise<string> {
  const names = path.split("/").filter((it) => it !== "");
  if (names.length > UNIT_DEPTH_MAX || names.some((it) => it.length > UNIT_NAME_LENGTH_MAX)) {
    throw new Error(
      `The unit ${path} cannot be: units nest at most ${UNIT_DEPTH_MAX} deep, and their names have up to ${UNIT_NAME_LENGTH_MAX} characters.`,
    );
  }
  let parent = await requireParent(tx, organisation.rootId);
  for (const name of names) {
    parent = (await findUnitByName(tx, parent.id, name)) ?? (await addUnit(tx, organisation, { parent, name, now_ms }));
  }
  return parent.id;
}
