import type { Clock } from "../kernel/clock.ts";
import type { AccountId } from "../kernel/names.ts";
import type { Sealer } from "../keys/sealer.ts";
import type { Metadata, Writer } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";
import { type AccessKey, accountExists, generateAccessKey, openSecret, sealSecret } from "./access-keys.ts";

/** Credentials that must still be handed to a person, or nothing to do. */
export type DefaultAccount = ({ readonly created: true } & AccessKey) | { readonly created: false };

export interface DefaultAccountDeps {
  readonly metadata: Metadata;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly account: AccountId;
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
const updateSetting = query<{ name: string; value: string }>()((db, p) =>
  db.updateTable("settings").set({ value: p.value }).where("name", "=", p.name),
);
const insertAccount = query<{ account: string; created_ms: number }>()((db, p) =>
  db.insertInto("accounts").values({ account: p.account, created_ms: p.created_ms }),
);
const insertAccessKey = query<{ id: string; account: string; principal: string; sealed: Uint8Array; created_ms: number }>()(
  (db, p) =>
    db.insertInto("access_keys").values({
      access_key_id: p.id,
      account: p.account,
      principal_id: p.principal,
      secret_sealed: p.sealed,
      status: "Active",
      created_ms: p.created_ms,
    }),
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

/**
 * Makes the account and its root access key when the account is not there. Of processes that start at once, one makes it.
 * Until `credentialsDelivered` was called, every start answers `created` with the same key: a crash between the row and the
 * file loses nothing. After that the secret is never shown again, also when the file was deleted.
 * Throws an Error whose message says what to do when the root key is not the one that this database was begun with.
 */
export function ensureDefaultAccount({ metadata, sealer, clock, account }: DefaultAccountDeps): Promise<DefaultAccount> {
  return metadata.writeGlobal(async (tx) => {
    await checkRootKey(tx, sealer);
    if ((await tx.first(accountExists, { account })) !== undefined) return undelivered(tx, sealer, account);
    const key = generateAccessKey();
    const created_ms = clock.now();
    await tx.run(insertAccount, { account, created_ms });
    const sealed = sealSecret(sealer, key);
    await tx.run(insertAccessKey, { id: key.accessKeyId, account, principal: account, sealed, created_ms });
    await tx.run(insertSetting, { name: deliveryOf(account), value: "pending" });
    return { created: true, ...key };
  });
}

/** Says that the credentials of an account are safely in their file. To be called after the file is durable. */
export async function credentialsDelivered({ metadata }: { readonly metadata: Metadata }, account: AccountId): Promise<void> {
  await metadata.writeGlobal((tx) => tx.run(updateSetting, { name: deliveryOf(account), value: "delivered" }));
}

async function undelivered(tx: GlobalWriter, sealer: Sealer, account: AccountId): Promise<DefaultAccount> {
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
