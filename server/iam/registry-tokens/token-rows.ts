import type { AccountId, Arn } from "../../kernel/names.ts";
import type { RegistryTokenRow } from "../../platform/metadata/iam-schema.ts";
import { query } from "../../platform/metadata/query.ts";
import { entityArn } from "../entities.ts";

export const insertToken = query<RegistryTokenRow>()((db, p) =>
  db.insertInto("registry_tokens").values({
    id: p.id,
    account: p.account,
    principal_id: p.principal_id,
    name: p.name,
    secret_sha256: p.secret_sha256,
    scope_policy: p.scope_policy,
    created_ms: p.created_ms,
    expires_ms: p.expires_ms,
    used_ms: p.used_ms,
  }),
);

export const countTokens = query<{ account: string; principal_id: string }>()((db, p) =>
  db
    .selectFrom("registry_tokens")
    .select((it) => it.fn.countAll().as("count"))
    .where("account", "=", p.account)
    .where("principal_id", "=", p.principal_id),
);

export const tokensAfter = query<{ account: string; after: string; limit: number }>()((db, p) =>
  db
    .selectFrom("registry_tokens")
    .leftJoin("iam_entities", "iam_entities.id", "registry_tokens.principal_id")
    .select([
      "registry_tokens.id",
      "registry_tokens.account",
      "registry_tokens.name as token_name",
      "registry_tokens.scope_policy",
      "registry_tokens.created_ms",
      "registry_tokens.expires_ms",
      "registry_tokens.used_ms",
      "iam_entities.kind",
      "iam_entities.name",
      "iam_entities.path",
    ])
    .where("registry_tokens.account", "=", p.account)
    .where("registry_tokens.id", ">", p.after)
    .orderBy("registry_tokens.id")
    .limit(p.limit),
);

/** A registry token as its operations and the command line show it. Never its password. */
export interface RegistryTokenView {
  readonly tokenId: string;
  readonly name: string;
  readonly principalArn: string;
  /** Seconds since 1970, as in all of AWS's JSON. */
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Absent where it was never used. It is some minutes behind. */
  readonly lastUsedAt?: number;
  readonly scopePolicy?: string;
}

/** What is known of a token and of whom it is bound to; without an entity it is root. */
export interface ListedToken {
  readonly id: string;
  readonly account: string;
  readonly token_name: string;
  readonly scope_policy: string | null;
  readonly created_ms: number;
  readonly expires_ms: number | null;
  readonly used_ms: number | null;
  readonly kind: string | null;
  readonly name: string | null;
  readonly path: string | null;
}

export function viewToken(row: ListedToken): RegistryTokenView {
  const { account, kind, path, name } = row;
  const isRoot = kind === null || path === null || name === null;
  return {
    tokenId: row.id,
    name: row.token_name,
    principalArn: isRoot ? rootArn(account as AccountId) : entityArn({ account, kind, path, name }),
    createdAt: row.created_ms / 1000,
    expiresAt: (row.expires_ms ?? 0) / 1000,
    ...(row.used_ms !== null && { lastUsedAt: row.used_ms / 1000 }),
    ...(row.scope_policy !== null && { scopePolicy: row.scope_policy }),
  };
}

export function rootArn(account: AccountId): Arn {
  return `arn:aws:iam::${account}:root` as Arn;
}
