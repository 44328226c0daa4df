import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { base32Of } from "../kernel/base32.ts";
import type { Principal, Session } from "../kernel/call.ts";
import type { Clock } from "../kernel/clock.ts";
import { CREDENTIALS_CACHED_MAX } from "../kernel/limits.ts";
import { type Arn, parseAccountId } from "../kernel/names.ts";
import type { Metadata } from "../platform/metadata/metadata.ts";
import { createMoments, type Moment } from "../platform/metadata/moments.ts";
import { query } from "../platform/metadata/query.ts";
import { notAuthorized, tokenExpired } from "./authorization-token.ts";
import { createBoundedCache } from "./bounded-cache.ts";
import { rootOf } from "./principals.ts";

/** A long-lived password for `docker login`, as it is made: the id is known to all, the password is shown once. */
export interface NewRegistryToken {
  readonly id: string;
  readonly password: string;
  /** All that is kept of the password. It holds 256 random bits, which nobody finds by trying, so a fast hash will do. */
  readonly secretSha256: Buffer;
}

/** Whoever comes by a registry token. Looks up tokens by their ids, and believes what it found only while nothing has changed. */
export interface RegistryTokens {
  /** The principal of a token, which has still to be seen to be there. Throws NotAuthorizedException or ExpiredTokenException. */
  open(password: string): Principal | Promise<Principal>;
}

const ID_CHARACTERS = 20;
const SECRET_BYTES = 32;
const PASSWORD = /^(lrt_[A-Z2-7]{20})_([A-Za-z0-9_-]{43})$/;
const PREFIX = "lrt_";

export function generateRegistryToken(): NewRegistryToken {
  const id = PREFIX + base32Of(randomBytes(ID_CHARACTERS));
  const password = `${id}_${randomBytes(SECRET_BYTES).toString("base64url")}`;
  return { id, password, secretSha256: hashOf(password) };
}

/** Is a password in the form of a registry token, and not of what GetAuthorizationToken gives? */
export function isRegistryToken(password: string): boolean {
  return password.startsWith(PREFIX);
}

/** The id of the token that a password is of. */
export function registryTokenId(password: string): string {
  return password.slice(0, PREFIX.length + ID_CHARACTERS);
}

const tokenById = query<{ id: string }>()((db, p) =>
  db
    .selectFrom("registry_tokens")
    .leftJoin("iam_entities", (join) =>
      join
        .onRef("iam_entities.id", "=", "registry_tokens.principal_id")
        .onRef("iam_entities.account", "=", "registry_tokens.account"),
    )
    .select([
      "registry_tokens.account",
      "registry_tokens.principal_id",
      "registry_tokens.name as token_name",
      "registry_tokens.secret_sha256",
      "registry_tokens.scope_policy",
      "registry_tokens.created_ms",
      "registry_tokens.expires_ms",
      "iam_entities.kind",
      "iam_entities.name",
      "iam_entities.path",
    ])
    .where("registry_tokens.id", "=", p.id),
);

interface Found {
  readonly secretSha256: Uint8Array;
  readonly expires_ms: number;
  readonly principal: Principal;
  readonly moment: Moment;
}

export function createRegistryTokens({
  metadata,
  clock,
}: {
  readonly metadata: Metadata;
  readonly clock: Clock;
}): RegistryTokens {
  const moments = createMoments({ metadata, clock });
  const tokens = createBoundedCache<Found>(CREDENTIALS_CACHED_MAX);

  async function lookUp(id: string): Promise<Found | undefined> {
    const moment = moments.take();
    const row = await metadata.readGlobal((tx) => tx.first(tokenById, { id }));
    const principal = row && principalOf(row);
    if (row === undefined || principal === undefined) {
      tokens.delete(id);
      return undefined;
    }
    const found = { secretSha256: row.secret_sha256, expires_ms: row.expires_ms ?? Number.POSITIVE_INFINITY, principal, moment };
    tokens.set(id, found);
    return found;
  }

  function check(found: Found | undefined, password: string): Principal {
    // The same work for an id that nobody has, so that the time does not tell.
    const isRight = timingSafeEqual(found?.secretSha256 ?? NO_HASH, hashOf(password));
    if (found === undefined || !isRight) throw notAuthorized();
    if (clock.now() >= found.expires_ms) throw tokenExpired();
    return found.principal;
  }

  return {
    open(password) {
      const id = PASSWORD.exec(password)?.[1];
      if (id === undefined) throw notAuthorized();
      const known = tokens.get(id);
      if (known !== undefined && moments.isCurrent(known.moment)) return check(known, password);
      return lookUp(id).then((found) => check(found, password));
    },
  };
}

const NO_HASH = Buffer.alloc(32);

interface TokenRow {
  readonly account: string;
  readonly principal_id: string;
  readonly token_name: string;
  readonly scope_policy: string | null;
  readonly created_ms: number;
  readonly expires_ms: number | null;
  readonly kind: string | null;
  readonly name: string | null;
  readonly path: string | null;
}

/** The principal as it is called now. A role has no face of its own: its token is a session of it, under the token's name. */
function principalOf(row: TokenRow): Principal | undefined {
  const account = parseAccountId(row.account);
  const { principal_id: entityId, token_name, kind, name, path } = row;
  const scope = row.scope_policy === null ? {} : { scopePolicy: row.scope_policy };
  if (account === undefined) return undefined;
  if (entityId === account) return { ...rootOf(account), ...scope };
  const arn = `arn:aws:iam::${account}:${kind}${path}${name}` as Arn;
  if (kind === "user" && name !== null)
    return { type: "user", account, arn, userId: entityId, entityId, userName: name, ...scope };
  if (kind !== "role") return undefined;
  const session = sessionOf(row, arn);
  const sessionArn = `arn:aws:sts::${account}:assumed-role/${name}/${token_name}` as Arn;
  return { type: "assumed-role", account, arn: sessionArn, userId: `${entityId}:${token_name}`, entityId, session, ...scope };
}

/** It began when the token was made, so it ends when the role's sessions are revoked. */
function sessionOf({ created_ms, expires_ms }: TokenRow, principalArn: Arn): Session {
  return {
    issued_ms: created_ms,
    expires_ms: expires_ms ?? Number.MAX_SAFE_INTEGER,
    principalArn,
    policies: [],
    policyArns: [],
    tags: [],
    transitiveTagKeys: [],
    mfa: false,
    origin: "assume-role",
  };
}

function hashOf(password: string): Buffer {
  return createHash("sha256").update(password).digest();
}
