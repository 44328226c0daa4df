import type { JSONWebKeySet } from "jose";
import type { Clock } from "../../kernel/clock.ts";
import { parseJson } from "../../kernel/json.ts";
import {
  ISSUER_ASKED_AGAIN_S,
  ISSUER_DOCUMENT_BYTES_MAX,
  ISSUER_FAULT_BELIEVED_S,
  ISSUER_KEYS_BELIEVED_S,
  ISSUER_TIMEOUT_MS,
  ISSUERS_CACHED_MAX,
} from "../../kernel/limits.ts";
import { type Egress, EgressError } from "../../platform/egress/egress.ts";
import { createBoundedCache } from "../bounded-cache.ts";

/** An issuer that an account has registered. */
export interface OidcProvider {
  /** Without `https://`, as in the provider's ARN. */
  readonly issuer: string;
  readonly clientIds: readonly string[];
  /** SHA-1 of certificates that vouch for the issuer's server. */
  readonly thumbprints: readonly string[];
  /** Keys that stand in for those that the issuer publishes: it is never asked. */
  readonly keys: JSONWebKeySet | undefined;
}

/** The public keys of issuers, fetched for registered ones alone. */
export interface IssuerKeys {
  /** Keys as they were at most ISSUER_KEYS_BELIEVED_S ago. Throws IssuerFault. */
  of(provider: OidcProvider): Promise<JSONWebKeySet>;
  /** Keys as they are now, or undefined when the issuer was asked so lately that it is not to be asked again. Throws IssuerFault. */
  again(provider: OidcProvider): Promise<JSONWebKeySet | undefined>;
}

/** An issuer that did not give its keys. The message is the end of a sentence. `isSilent`: it may yet do so later. */
export class IssuerFault extends Error {
  override readonly name = "IssuerFault";
  readonly isSilent: boolean;

  constructor(message: string, { isSilent = false, cause }: { readonly isSilent?: boolean; readonly cause?: unknown } = {}) {
    super(message, { cause });
    this.isSilent = isSilent;
  }
}

interface Asked {
  readonly asked_ms: number;
  readonly keys: Promise<JSONWebKeySet>;
  /** How long the answer is believed. */
  believed_s: number;
}

const DISCOVERY_PATH = "/.well-known/openid-configuration";
const DOCUMENT_DEPTH_MAX = 16;

export function createIssuerKeys({ egress, clock }: { readonly egress: Egress; readonly clock: Clock }): IssuerKeys {
  const known = createBoundedCache<Asked>(ISSUERS_CACHED_MAX);
  // Who trusts other certificates may be told other keys.
  const nameOf = ({ issuer, thumbprints }: OidcProvider): string => [issuer, ...thumbprints].join(" ");
  const age_s = ({ asked_ms }: Asked): number => Math.abs(clock.now() - asked_ms) / 1000;

  /** Whoever comes while an issuer is asked waits for the same answer; a fault is believed for a moment too. */
  function ask(provider: OidcProvider): Promise<JSONWebKeySet> {
    const keys = fetchKeys(egress, provider);
    const asked: Asked = { asked_ms: clock.now(), keys, believed_s: ISSUER_KEYS_BELIEVED_S };
    keys.catch(() => {
      asked.believed_s = ISSUER_FAULT_BELIEVED_S;
    });
    known.set(nameOf(provider), asked);
    return keys;
  }

  return {
    async of(provider) {
      if (provider.keys !== undefined) return provider.keys;
      const asked = known.get(nameOf(provider));
      return asked !== undefined && age_s(asked) < asked.believed_s ? asked.keys : ask(provider);
    },
    async again(provider) {
      if (provider.keys !== undefined) return undefined;
      const asked = known.get(nameOf(provider));
      return asked !== undefined && age_s(asked) < ISSUER_ASKED_AGAIN_S ? undefined : ask(provider);
    },
  };
}

/** OpenID Connect Discovery 1.0: the issuer's document says where its keys are, and must name the issuer exactly. */
async function fetchKeys(egress: Egress, { issuer, thumbprints }: OidcProvider): Promise<JSONWebKeySet> {
  const url = `https://${issuer}`;
  const discovery = await fetchDocument(egress, url.replace(/\/$/, "") + DISCOVERY_PATH, thumbprints);
  if (discovery["issuer"] !== url) throw new IssuerFault(`the discovery document of ${url} is of another issuer`);
  const keys = await fetchDocument(egress, String(discovery["jwks_uri"]), thumbprints);
  if (!Array.isArray(keys["keys"])) throw new IssuerFault(`what ${url} calls its keys are none`);
  return keys as unknown as JSONWebKeySet;
}

async function fetchDocument(egress: Egress, text: string, thumbprints: readonly string[]): Promise<Record<string, unknown>> {
  const url = URL.parse(text);
  if (url?.protocol !== "https:") throw new IssuerFault("the issuer's documents must be at URLs of HTTPS");
  const limits = { timeout_ms: ISSUER_TIMEOUT_MS, size_bytes_max: ISSUER_DOCUMENT_BYTES_MAX };
  const { status, body } = await egress.fetch(url, { ...limits, thumbprints }).catch((error: unknown) => {
    if (error instanceof EgressError) throw new IssuerFault(error.message, { isSilent: true, cause: error });
    throw error;
  });
  if (status !== 200) throw new IssuerFault(`${url.host} answered ${status} for ${url.pathname}`, { isSilent: status >= 500 });
  const value = parseJson(body, DOCUMENT_DEPTH_MAX)?.value;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new IssuerFault(`${url.host} answered for ${url.pathname} what is not a JSON object`);
}
