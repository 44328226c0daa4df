import type { Call } from "../../kernel/call.ts";
import { RegistryError } from "../../kernel/errors.ts";
import type { OidcProviderRow } from "../../platform/metadata/iam-schema.ts";
import { query } from "../../platform/metadata/query.ts";
import { noteAccessChange } from "../access-changes.ts";
import type { IamReader, IamWriter } from "../deps.ts";
import { issuerInArn } from "./issuer.ts";

const providerByIssuer = query<{ account: string; issuer: string }>()((db, p) =>
  db.selectFrom("oidc_providers").selectAll().where("account", "=", p.account).where("issuer", "=", p.issuer),
);

const issuersOf = query<{ account: string }>()((db, p) =>
  db.selectFrom("oidc_providers").select("issuer").where("account", "=", p.account).orderBy("issuer"),
);

const insertProvider = query<OidcProviderRow>()((db, p) =>
  db
    .insertInto("oidc_providers")
    .values({
      account: p.account,
      issuer: p.issuer,
      client_ids: p.client_ids,
      thumbprints: p.thumbprints,
      keys: p.keys,
      created_ms: p.created_ms,
    })
    .onConflict((it) => it.columns(["account", "issuer"]).doNothing()),
);

const updateLists = query<Pick<OidcProviderRow, "account" | "issuer" | "client_ids" | "thumbprints">>()((db, p) =>
  db
    .updateTable("oidc_providers")
    .set({ client_ids: p.client_ids, thumbprints: p.thumbprints })
    .where("account", "=", p.account)
    .where("issuer", "=", p.issuer),
);

const deleteProvider = query<{ account: string; issuer: string }>()((db, p) =>
  db.deleteFrom("oidc_providers").where("account", "=", p.account).where("issuer", "=", p.issuer),
);

/** The provider with this ARN in the caller's account. Throws NoSuchEntityException. */
export async function findProvider(tx: IamReader, call: Call, arn: string): Promise<OidcProviderRow> {
  const issuer = issuerInArn(call, arn);
  const { account } = call.principal;
  const row = issuer === undefined ? undefined : await tx.first(providerByIssuer, { account, issuer });
  if (row === undefined) {
    throw new RegistryError("NoSuchEntityException", `OpenIDConnect Provider not found for arn ${arn}`);
  }
  return row;
}

/** The issuers that an account has providers for, in their order. */
export async function listIssuers(tx: IamReader, { principal }: Call): Promise<string[]> {
  return (await tx.all(issuersOf, { account: principal.account })).map((it) => it.issuer);
}

/** Writes a new provider; false when there is one for its issuer. */
export async function addProvider(tx: IamWriter, { principal }: Call, row: OidcProviderRow): Promise<boolean> {
  if ((await tx.run(insertProvider, row)) === 0) return false;
  await noteAccessChange(tx, principal.account);
  return true;
}

/** Writes the clients and thumbprints of a provider. */
export async function changeProvider(tx: IamWriter, { principal }: Call, row: OidcProviderRow): Promise<void> {
  await tx.run(updateLists, row);
  await noteAccessChange(tx, principal.account);
}

/** Takes a provider's own row away; its tags must be gone before. */
export async function removeProvider(tx: IamWriter, { principal }: Call, { account, issuer }: OidcProviderRow): Promise<void> {
  await tx.run(deleteProvider, { account, issuer });
  await noteAccessChange(tx, principal.account);
}
