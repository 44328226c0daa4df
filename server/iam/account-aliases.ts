import { RegistryError } from "../kernel/errors.ts";
import type { AccountId } from "../kernel/names.ts";
import { type Pattern, string } from "../kernel/shape.ts";
import type { Reader, Writer } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";

type GlobalReader = Omit<Reader, "registry">;
type GlobalWriter = Omit<Writer, "registry">;

const ALIAS_LENGTH_MIN = 3;
const ALIAS_LENGTH_MAX = 63;
/** IAM's pattern without what it looks ahead for: two hyphens in a row. */
const ALIAS_CHARACTERS = /^[a-z0-9][a-z0-9-]*[a-z0-9]$/;

/** IAM: what a message prints. (API model, accountAliasType) */
const ALIAS: Pattern = { text: "^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$", matches: hasAliasForm };
export const ACCOUNT_ALIAS = string({ min: ALIAS_LENGTH_MIN, max: ALIAS_LENGTH_MAX, pattern: ALIAS });

const aliasOf = query<{ account: string }>()((db, p) =>
  db.selectFrom("account_aliases").select("alias").where("account", "=", p.account),
);
const accountByAlias = query<{ alias: string }>()((db, p) =>
  db.selectFrom("account_aliases").select("account").where("alias", "=", p.alias),
);
const deleteAlias = query<{ account: string }>()((db, p) => db.deleteFrom("account_aliases").where("account", "=", p.account));
const insertAlias = query<{ account: string; alias: string }>()((db, p) =>
  db.insertInto("account_aliases").values({ account: p.account, alias: p.alias }),
);

/** Whether a text can be an alias: 3 to 63 lower-case letters, digits and single hyphens, with no hyphen at either end. */
export function isAccountAlias(text: string): boolean {
  return text.length >= ALIAS_LENGTH_MIN && text.length <= ALIAS_LENGTH_MAX && hasAliasForm(text);
}

function hasAliasForm(text: string): boolean {
  return ALIAS_CHARACTERS.test(text) && !text.includes("--");
}

/** The one alias of an account, or undefined. */
export async function findAccountAlias(tx: GlobalReader, account: AccountId): Promise<string | undefined> {
  return (await tx.first(aliasOf, { account }))?.alias;
}

/** The account that has an alias, or undefined. */
export async function findAccountByAlias(tx: GlobalReader, alias: string): Promise<AccountId | undefined> {
  return (await tx.first(accountByAlias, { alias }))?.account as AccountId | undefined;
}

/**
 * Gives an account an alias in place of the one that it has. IAM: an account has one, and no two have the same.
 * (API reference, CreateAccountAlias) Throws EntityAlreadyExistsException.
 */
export async function setAccountAlias(tx: GlobalWriter, account: AccountId, alias: string): Promise<void> {
  const owner = await findAccountByAlias(tx, alias);
  if (owner === account) return;
  if (owner !== undefined) {
    throw new RegistryError("EntityAlreadyExistsException", `The account alias ${alias} already exists.`);
  }
  await tx.run(deleteAlias, { account });
  await tx.run(insertAlias, { account, alias });
}

/** Takes an account's alias away. Throws NoSuchEntityException when it has another one or none. */
export async function removeAccountAlias(tx: GlobalWriter, account: AccountId, alias: string): Promise<void> {
  if ((await findAccountAlias(tx, account)) !== alias) {
    throw new RegistryError("NoSuchEntityException", `The account alias ${alias} cannot be found.`);
  }
  await tx.run(deleteAlias, { account });
}
