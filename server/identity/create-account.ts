import type { Clock } from "../kernel/clock.ts";
import type { AccountId } from "../kernel/names.ts";
import type { Sealer } from "../keys/sealer.ts";
import type { Metadata, Writer } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";
import { type AccessKey, generateAccessKey, openSecret, sealSecret, insertAccessKey } from "./access-keys.ts";

/** Credentials that must still be handed to a person, or nothing to do. */
export type CreatedAccount = ({ readonly created: true } & AccessKey) | { readonly created: false };

export interface CreateAccountDeps {
  readonly metadata: Metadata;
  readonly sealer: Sealer;
  readonly clock: Clock;
}

type GlobalWriter = Omit<Writer, "registry">;

/** Setting: the fingerprint of the one root key that opens what this database has sealed. */
const ROOT_KEY_FINGERPRINT = "root-key-fingerprint";
/** Setting, one for each account that was made at a start: `pending` until its credentials are in a file, then `delivered`. */
const deliveryOf = (account: string): string => `credentials/${account}`;

const settingByName = query<{ name: string }>()((db, p) => db.selectFrom("settings").select("value").where("name", "=", p.name));
const insertSetting = query<{ name: string; value: string }>()((db, p) =>
  db
    .insertInto("settings")
    .values({ name: p.name, value: p.value })
    .onConflict((it) => it.column("name").doNothing()),
);
const putSetting = query<{ name: string; value: string }>()((db, p) =>
  db
    .insertInto("settings")
    .values({ name: p.name, value: p.value })
    .onConflict((it) => it.column("name").doUpdateSet({ value: p.value })),
);
const insertAccount = query<{ account: string; created_ms: number }>()((db, p) =>
  db
    .insertInto("accounts")
    .values({ account: p.account, created_ms: p.created_ms })
    .onConflict((it) => it.column("account").doNothing()),
);
const rootKeysOf = query<{ account: string }>()((db, p) =>
  db
    .selectFrom("access_keys")
    .select(["access_key_id", "secret_sealed"])
    .where("account", "=", p.account)
    .where("principal_id", "=", p.account)
    .where("status", "=", "Active")
    .orderBy("created_ms"),
);
const deleteRootKeys = query<{ account: string }>()((db, p) =>
  db.deleteFrom("access_keys").where("account", "=", p.account).where("principal_id", "=", p.account),
);

/**
 * Makes the account and its root access key when the account is not there, as the first start does with the default one. Of
 * processes that start at once, one makes it. Until `credentialsDelivered` was called, every call answers `created` with the
 * same key: a crash between the row and the file loses nothing. After that the secret is never shown again, also when the file
 * was deleted. `join` does in the same transaction what belongs to a new account.
 * Throws an Error whose message says what to do when the root key is not the one that this database was begun with.
 */
export function createAccount(
  { metadata, sealer, clock }: CreateAccountDeps,
  account: AccountId,
  join: (tx: GlobalWriter) => Promise<void> = async () => {},
): Promise<CreatedAccount> {
  return metadata.writeGlobal(async (tx) => {
    await checkRootKey(tx, sealer);
    if (!(await addAccount(tx, account, clock.now()))) return undelivered(tx, sealer, account);
    const key = await addRootKey(tx, sealer, account, clock.now());
    await join(tx);
    return { created: true, ...key };
  });
}

/**
 * Makes a new root access key for an account that is there, and ends those that it had. Like a new account's, it is one to
 * hand to a person until `credentialsDelivered` was called.
 */
export function renewRootKey({ metadata, sealer, clock }: CreateAccountDeps, account: AccountId): Promise<AccessKey> {
  return metadata.writeGlobal(async (tx) => {
    await checkRootKey(tx, sealer);
    await tx.run(deleteRootKeys, { account });
    return addRootKey(tx, sealer, account, clock.now());
  });
}

/** Says that the credentials of an account are safely in their file. To be called after the file is durable. */
export async function credentialsDelivered({ metadata }: { readonly metadata: Metadata }, account: AccountId): Promise<void> {
  await metadata.writeGlobal((tx) => tx.run(putSetting, { name: deliveryOf(account), value: "delivered" }));
}

/** Makes an account without any key. False when it is there already. */
export async function addAccount(tx: GlobalWriter, account: AccountId, now_ms: number): Promise<boolean> {
  return (await tx.run(insertAccount, { account, created_ms: now_ms })) > 0;
}

async function addRootKey(tx: GlobalWriter, sealer: Sealer, account: AccountId, created_ms: number): Promise<AccessKey> {
  const key = generateAccessKey();
  const sealed = sealSecret(sealer, key);
  await tx.run(insertAccessKey, { id: key.accessKeyId, account, principal: account, sealed, created_ms });
  await tx.run(putSetting, { name: deliveryOf(account), value: "pending" });
  return key;
}

async function undelivered(tx: GlobalWriter, sealer: Sealer, account: AccountId): Promise<CreatedAccount> {
  const delivery = await tx.first(settingByName, { name: deliveryOf(account) });
  const row = delivery?.value === "pending" ? await tx.first(rootKeysOf, { account }) : undefined;
  if (row === undefined) return { created: false };
  const secretAccessKey = openSecret(sealer, row.access_key_id, row.secret_sealed);
  return { created: true, accessKeyId: row.access_key_id, secretAccessKey };
}

async function checkRootKey(tx: GlobalWriter, sealer: Sealer): Promise<void> {
  const known = await tx.first(settingByName, { name: ROOT_KEY_FINGERPRINT });
  if (known === undefined) {
    await tx.run(insertSetting, { name: ROOT_KEY_FINGERPRINT, value: sealer.fingerprint });
  } else if (known.value !== sealer.fingerprint) {
    throw new Error(
      `The root key does not fit this database: its secrets were sealed with the root key ${known.value}, but the key file holds ` +
        `${sealer.fingerprint}. Put the right key file back, or start with an empty data folder and database.`,
    );
  }
}
