import type { JSONWebKeySet } from "jose";
import type { OidcProvider } from "../../identity/oidc/issuer-keys.ts";
import type { AccountId } from "../../kernel/names.ts";
import type { Metadata } from "../../platform/metadata/metadata.ts";
import { query } from "../../platform/metadata/query.ts";

const SCHEME = "https://";

const providerByIssuer = query<{ account: string; issuer: string }>()((db, p) =>
  db.selectFrom("oidc_providers").selectAll().where("account", "=", p.account).where("issuer", "=", p.issuer),
);

/** The provider that an account has registered for exactly this issuer, a URL of HTTPS, or undefined. */
export async function findProvider(metadata: Metadata, account: AccountId, issuer: string): Promise<OidcProvider | undefined> {
  if (!issuer.startsWith(SCHEME) || issuer.includes("\0")) return undefined;
  const wanted = issuer.slice(SCHEME.length);
  const row = await metadata.readGlobal((tx) => tx.first(providerByIssuer, { account, issuer: wanted }));
  return (
    row && {
      issuer: row.issuer,
      clientIds: JSON.parse(row.client_ids) as string[],
      thumbprints: JSON.parse(row.thumbprints) as string[],
      keys: row.keys === null ? undefined : (JSON.parse(row.keys) as JSONWebKeySet),
    }
  );
}
