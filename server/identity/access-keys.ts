import { randomBytes } from "node:crypto";
import { base32Of } from "../kernel/base32.ts";
import type { Sealer } from "../keys/sealer.ts";
import { query } from "../platform/metadata/query.ts";

/** What a client signs with. The secret is shown once, and kept sealed. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** AWS: a long-term key is `AKIA` and 16 characters; a session's begins with `ASIA`. (IAM User Guide, unique identifiers) */
const LONG_TERM_PREFIX = "AKIA";
const SESSION_PREFIX = "ASIA";
const RANDOM_CHARACTERS = 16;
/** 40 characters of base64. */
const SECRET_BYTES = 30;

/** A new random access key: 80 random bits in its id, 240 in its secret. */
export function generateAccessKey(): AccessKey {
  const accessKeyId = LONG_TERM_PREFIX + base32Of(randomBytes(RANDOM_CHARACTERS));
  return { accessKeyId, secretAccessKey: randomBytes(SECRET_BYTES).toString("base64") };
}

export function isSessionKey(accessKeyId: string): boolean {
  return accessKeyId.startsWith(SESSION_PREFIX);
}

/** A secret as it is stored: bound to its key id, so that it cannot be moved to another key's row. */
export function sealSecret(sealer: Sealer, key: AccessKey): Buffer {
  return sealer.seal("access-key", Buffer.from(key.secretAccessKey), key.accessKeyId);
}

/** The secret of a stored key. Throws an Error when it was sealed with another root key or for another key. */
export function openSecret(sealer: Sealer, accessKeyId: string, sealed: Uint8Array): string {
  const secret = sealer.open("access-key", sealed, accessKeyId);
  if (secret === undefined) throw new Error(`The secret of the access key ${accessKeyId} cannot be opened with this root key.`);
  return secret.toString();
}

/** Adds a key, active at once. */
export const insertAccessKey = query<{
  id: string;
  account: string;
  principal: string;
  sealed: Uint8Array;
  created_ms: number;
}>()((db, p) =>
  db.insertInto("access_keys").values({
    access_key_id: p.id,
    account: p.account,
    principal_id: p.principal,
    secret_sealed: p.sealed,
    status: "Active",
    created_ms: p.created_ms,
  }),
);

/** An active key of an account that exists. */
export const activeAccessKey = query<{ accessKeyId: string }>()((db, p) =>
  db
    .selectFrom("access_keys")
    .innerJoin("accounts", "accounts.account", "access_keys.account")
    .leftJoin("iam_entities", (join) =>
      join
        .onRef("iam_entities.id", "=", "access_keys.principal_id")
        .onRef("iam_entities.account", "=", "access_keys.account")
        .on("iam_entities.kind", "=", "user"),
    )
    .select([
      "access_keys.account",
      "access_keys.principal_id",
      "access_keys.secret_sealed",
      "iam_entities.name",
      "iam_entities.path",
    ])
    .where("access_keys.access_key_id", "=", p.accessKeyId)
    .where("access_keys.status", "=", "Active"),
);

/** What there is of a principal: its account, its entity if it is not root, and its key if that is active. */
export const standingOf = query<{ account: string; id: string; accessKeyId: string }>()((db, p) =>
  db
    .selectFrom("accounts")
    .leftJoin("iam_entities", (join) =>
      join.onRef("iam_entities.account", "=", "accounts.account").on("iam_entities.id", "=", p.id),
    )
    .leftJoin("access_keys", (join) =>
      join
        .onRef("access_keys.account", "=", "accounts.account")
        .on("access_keys.access_key_id", "=", p.accessKeyId)
        .on("access_keys.principal_id", "=", p.id)
        .on("access_keys.status", "=", "Active"),
    )
    .select([
      "iam_entities.kind",
      "iam_entities.name",
      "iam_entities.path",
      "iam_entities.sessions_valid_from_ms",
      "access_keys.access_key_id",
    ])
    .where("accounts.account", "=", p.account),
);

export const accountExists = query<{ account: string }>()((db, p) =>
  db.selectFrom("accounts").select("account").where("account", "=", p.account),
);
