import type { Principal } from "../kernel/call.ts";
import type { Clock } from "../kernel/clock.ts";
import { CREDENTIALS_CACHED_MAX, PRINCIPAL_CACHE_S } from "../kernel/limits.ts";
import { type AccountId, type Arn, parseAccountId } from "../kernel/names.ts";
import type { Sealer } from "../keys/sealer.ts";
import type { Metadata } from "../platform/metadata/metadata.ts";
import { accountExists, activeAccessKey, openSecret } from "./access-keys.ts";
import { createBoundedCache } from "./bounded-cache.ts";

/** Whom an access key stands for, and what it signs with. */
export interface KeyHolder {
  readonly principal: Principal;
  readonly secretAccessKey: string;
  /** Differs for every secret that this key id ever has. */
  readonly secretVersion: string;
}

/**
 * Who exists. What was found is believed for PRINCIPAL_CACHE_S, so whoever is removed is out within that time in every
 * process; what was not found is looked up again each time, so whoever is added is in at once.
 */
export interface Principals {
  /** The holder of an active access key, or undefined. */
  byAccessKey(accessKeyId: string): Promise<KeyHolder | undefined>;
  /** Whether a principal is still there. */
  isAlive(principal: Principal): boolean | Promise<boolean>;
}

export interface PrincipalsDeps {
  readonly metadata: Metadata;
  readonly sealer: Sealer;
  readonly clock: Clock;
}

export function rootOf(account: AccountId): Principal {
  return { type: "root", account, arn: `arn:aws:iam::${account}:root` as Arn, userId: account, entityId: account };
}

export function createPrincipals({ metadata, sealer, clock }: PrincipalsDeps): Principals {
  const holders = createBoundedCache<{ holder: KeyHolder; seen_ms: number }>(CREDENTIALS_CACHED_MAX);
  const alive = createBoundedCache<number>(CREDENTIALS_CACHED_MAX);
  const isFresh = (seen_ms: number): boolean => Math.abs(clock.now() - seen_ms) < PRINCIPAL_CACHE_S * 1000;

  async function lookUp(accessKeyId: string): Promise<KeyHolder | undefined> {
    const row = await metadata.readGlobal((tx) => tx.first(activeAccessKey, { accessKeyId }));
    const account = row && parseAccountId(row.account);
    // Root is the only principal there is; a key of anybody else is nobody's.
    if (row === undefined || account === undefined || row.principal_id !== account) return undefined;
    return {
      principal: rootOf(account),
      secretAccessKey: openSecret(sealer, accessKeyId, row.secret_sealed),
      // The end of a seal is its authentication code, and no two seals have the same.
      secretVersion: Buffer.from(row.secret_sealed.slice(-16)).toString("base64"),
    };
  }

  return {
    async byAccessKey(accessKeyId) {
      const known = holders.get(accessKeyId);
      if (known !== undefined && isFresh(known.seen_ms)) return known.holder;
      const seen_ms = clock.now();
      const holder = await lookUp(accessKeyId);
      if (holder === undefined) holders.delete(accessKeyId);
      else holders.set(accessKeyId, { holder, seen_ms });
      return holder;
    },
    isAlive({ account }) {
      const seen_ms = alive.get(account);
      return (seen_ms !== undefined && isFresh(seen_ms)) || lookAgain(account);
    },
  };

  async function lookAgain(account: AccountId): Promise<boolean> {
    const seen_ms = clock.now();
    const row = await metadata.readGlobal((tx) => tx.first(accountExists, { account }));
    if (row === undefined) alive.delete(account);
    else alive.set(account, seen_ms);
    return row !== undefined;
  }
}
