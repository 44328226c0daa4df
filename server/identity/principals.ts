import type { Principal } from "../kernel/call.ts";
import type { Clock } from "../kernel/clock.ts";
import { CREDENTIALS_CACHED_MAX } from "../kernel/limits.ts";
import { type AccountId, type Arn, parseAccountId } from "../kernel/names.ts";
import type { Sealer } from "../keys/sealer.ts";
import type { Metadata } from "../platform/metadata/metadata.ts";
import { createMoments, type Moment } from "../platform/metadata/moments.ts";
import { activeAccessKey, openSecret, standingOf } from "./access-keys.ts";
import { createBoundedCache } from "./bounded-cache.ts";

/** Whom an access key stands for, and what it signs with. */
export interface KeyHolder {
  readonly principal: Principal;
  readonly secretAccessKey: string;
  /** Differs for every secret that this key id ever has. */
  readonly secretVersion: string;
}

/**
 * Who exists. What was found is believed only while nothing says that it has changed (platform/metadata/moments.ts), so
 * whoever is removed is out at once in this process, and within a second in all; whoever is added is in at once.
 */
export interface Principals {
  /** The holder of an active access key, or undefined. */
  byAccessKey(accessKeyId: string): Promise<KeyHolder | undefined>;
  /**
   * A principal as it is now, under its present name: undefined when it has gone, when the key that it came with is not
   * active any more, or when its session has been ended. At once when it is known; `now` is a moment that has just been taken.
   */
  current(principal: Principal, now?: Moment): Principal | undefined | Promise<Principal | undefined>;
}

export interface PrincipalsDeps {
  readonly metadata: Metadata;
  readonly sealer: Sealer;
  readonly clock: Clock;
}

export function rootOf(account: AccountId): Principal {
  return { type: "root", account, arn: `arn:aws:iam::${account}:root` as Arn, userId: account, entityId: account };
}

/** A user of an account, by its unique id. */
function userOf(
  account: AccountId,
  { id, path, name }: { readonly id: string; readonly path: string; readonly name: string },
): Principal {
  const arn = `arn:aws:iam::${account}:user${path}${name}` as Arn;
  return { type: "user", account, arn, userId: id, entityId: id, userName: name };
}

/** What stands behind a principal: itself unless it is a session, and since when its sessions are good. */
interface Standing {
  readonly entity: Principal | undefined;
  readonly sessionsFrom_ms: number;
}

type Kept<Value> = Value & { readonly moment: Moment };

export function createPrincipals({ metadata, sealer, clock }: PrincipalsDeps): Principals {
  const moments = createMoments({ metadata, clock });
  const holders = createBoundedCache<Kept<{ holder: KeyHolder }>>(CREDENTIALS_CACHED_MAX);
  const standings = createBoundedCache<Kept<{ standing: Standing }>>(CREDENTIALS_CACHED_MAX);

  async function lookUp(accessKeyId: string, known: KeyHolder | undefined): Promise<KeyHolder | undefined> {
    const row = await metadata.readGlobal((tx) => tx.first(activeAccessKey, { accessKeyId }));
    const account = row && parseAccountId(row.account);
    if (row === undefined || account === undefined) return undefined;
    const { principal_id: id, name, path } = row;
    const principal = id === account ? rootOf(account) : name && path ? userOf(account, { id, name, path }) : undefined;
    if (principal === undefined) return undefined;
    // The end of a seal is its authentication code, and no two seals have the same.
    const secretVersion = Buffer.from(row.secret_sealed.slice(-16)).toString("base64");
    const isKnown = known?.secretVersion === secretVersion;
    const secretAccessKey = isKnown ? known.secretAccessKey : openSecret(sealer, accessKeyId, row.secret_sealed);
    return { principal: { ...principal, accessKeyId }, secretAccessKey, secretVersion };
  }

  async function lookAgain(principal: Principal, cacheKey: string, moment: Moment): Promise<Principal | undefined> {
    const standing = await readStanding(metadata, principal);
    if (standing === undefined) standings.delete(cacheKey);
    else standings.set(cacheKey, { standing, moment });
    return standing && presentOf(principal, standing);
  }

  return {
    async byAccessKey(accessKeyId) {
      const known = holders.get(accessKeyId);
      const moment = moments.take();
      if (known !== undefined && moments.isCurrent(known.moment, moment)) return known.holder;
      const holder = await lookUp(accessKeyId, known?.holder);
      if (holder === undefined) holders.delete(accessKeyId);
      else holders.set(accessKeyId, { holder, moment });
      return holder;
    },
    current(principal, now = moments.take()) {
      const cacheKey = `${principal.account} ${principal.entityId} ${principal.accessKeyId ?? ""}`;
      const known = standings.get(cacheKey);
      if (known !== undefined && moments.isCurrent(known.moment, now)) return presentOf(principal, known.standing);
      return lookAgain(principal, cacheKey, now);
    },
  };
}

/** Undefined when the account, the entity or the key that the principal came with is not there or not active. */
async function readStanding(
  metadata: Metadata,
  { account, entityId: id, accessKeyId }: Principal,
): Promise<Standing | undefined> {
  const row = await metadata.readGlobal((tx) => tx.first(standingOf, { account, id, accessKeyId: accessKeyId ?? "" }));
  if (row === undefined || (accessKeyId !== undefined && row.access_key_id === null)) return undefined;
  const came = accessKeyId === undefined ? {} : { accessKeyId };
  if (id === account) return { entity: { ...rootOf(account), ...came }, sessionsFrom_ms: 0 };
  const { kind, name, path, sessions_valid_from_ms: sessionsFrom_ms } = row;
  if (name === null || path === null || sessionsFrom_ms === null) return undefined;
  return { entity: kind === "user" ? { ...userOf(account, { id, path, name }), ...came } : undefined, sessionsFrom_ms };
}

/** A session keeps the names that it began with. */
function presentOf(principal: Principal, { entity, sessionsFrom_ms }: Standing): Principal | undefined {
  const { session, scopePolicy } = principal;
  if (session !== undefined) return session.issued_ms >= sessionsFrom_ms ? principal : undefined;
  return entity === undefined || scopePolicy === undefined ? entity : { ...entity, scopePolicy };
}
