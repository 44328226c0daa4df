import { insertAccessKey } from "../../identity/access-keys.ts";
import { RegistryError } from "../../kernel/errors.ts";
import type { AccountId } from "../../kernel/names.ts";
import { query } from "../../platform/metadata/query.ts";
import { noteAccessChange } from "../access-changes.ts";
import type { IamReader, IamWriter } from "../deps.ts";

/** Whose keys: a user, or an account's root under the account's id. */
export interface KeyOwner {
  readonly id: string;
  readonly account: string;
}

/** What is told of a key; its secret is not. */
export interface AccessKeyMetadata {
  readonly access_key_id: string;
  readonly status: string;
  readonly created_ms: number;
}

/** IAM: access keys of one user, active or not. (IAM User Guide, quotas) */
export const ACCESS_KEYS_MAX = 2;

const keysOf = query<KeyOwner>()((db, p) =>
  db
    .selectFrom("access_keys")
    .select(["access_key_id", "status", "created_ms"])
    .where("principal_id", "=", p.id)
    .where("account", "=", p.account)
    .orderBy("access_key_id"),
);

const setStatus = query<KeyOwner & { key: string; status: string }>()((db, p) =>
  db
    .updateTable("access_keys")
    .set({ status: p.status })
    .where("access_key_id", "=", p.key)
    .where("principal_id", "=", p.id)
    .where("account", "=", p.account),
);

const deleteKey = query<KeyOwner & { key: string }>()((db, p) =>
  db
    .deleteFrom("access_keys")
    .where("access_key_id", "=", p.key)
    .where("principal_id", "=", p.id)
    .where("account", "=", p.account),
);

const deleteUse = query<{ key: string }>()((db, p) => db.deleteFrom("access_key_uses").where("access_key_id", "=", p.key));

const keyWithUse = query<{ account: string; key: string }>()((db, p) =>
  db
    .selectFrom("access_keys")
    .leftJoin("iam_entities", "iam_entities.id", "access_keys.principal_id")
    .leftJoin("access_key_uses", "access_key_uses.access_key_id", "access_keys.access_key_id")
    .select(["iam_entities.name", "access_key_uses.used_ms", "access_key_uses.service", "access_key_uses.region"])
    .where("access_keys.access_key_id", "=", p.key)
    .where("access_keys.account", "=", p.account),
);

/** The keys of a user or of root, in the order of their ids. */
export function accessKeysOf(tx: IamReader, { id, account }: KeyOwner): Promise<AccessKeyMetadata[]> {
  return tx.all(keysOf, { id, account });
}

/** Adds a key, active at once. Throws IamLimitExceededException for a third. */
export async function addAccessKey(
  tx: IamWriter,
  { id, account }: KeyOwner,
  row: { readonly id: string; readonly sealed: Uint8Array; readonly created_ms: number },
): Promise<void> {
  if ((await accessKeysOf(tx, { id, account })).length >= ACCESS_KEYS_MAX) {
    throw new RegistryError("IamLimitExceededException", `Cannot exceed quota for AccessKeysPerUser: ${ACCESS_KEYS_MAX}`);
  }
  await tx.run(insertAccessKey, { ...row, account, principal: id });
  await noteAccessChange(tx, account as AccountId);
}

/** Makes a key `Active` or `Inactive`. Throws NoSuchEntityException for a key that is not this owner's. */
export async function setAccessKeyStatus(tx: IamWriter, { id, account }: KeyOwner, key: string, status: string): Promise<void> {
  if ((await tx.run(setStatus, { id, account, key, status })) === 0) throw noSuchKey(key);
  await noteAccessChange(tx, account as AccountId);
}

/** Takes a key away for good. Throws NoSuchEntityException for a key that is not this owner's. */
export async function removeAccessKey(tx: IamWriter, { id, account }: KeyOwner, key: string): Promise<void> {
  if ((await tx.run(deleteKey, { id, account, key })) === 0) throw noSuchKey(key);
  await tx.run(deleteUse, { key });
  await noteAccessChange(tx, account as AccountId);
}

/** Whose a key of an account is, and when it was last used. Throws NoSuchEntityException. */
export async function findAccessKeyUse(tx: IamReader, account: AccountId, key: string) {
  const row = await tx.first(keyWithUse, { account, key });
  if (row === undefined) throw noSuchKey(key);
  return row;
}

function noSuchKey(key: string): RegistryError {
  return new RegistryError("NoSuchEntityException", `The Access Key with id ${key} cannot be found.`);
}
