import type { AccountId } from "../kernel/names.ts";
import { query } from "../platform/metadata/query.ts";
import type { PolicyDocument } from "../policies/document.ts";
import type { PolicyPrincipal } from "../policies/principal.ts";
import type { IamReader } from "./deps.ts";
import { entityArn, type EntityKind, lookUpEntity } from "./entities.ts";

type NamedPrincipal = Extract<PolicyPrincipal, { readonly arn: string }>;

const accountThatExists = query<{ account: string }>()((db, p) =>
  db.selectFrom("accounts").select("account").where("account", "=", p.account),
);

/** Whom a policy names by ARN. */
export interface PrincipalIds {
  /** The unique ids of those who are here, by ARN: what `holdPrincipals` takes, to be stored beside the text. */
  readonly ids: Readonly<Record<string, string>>;
  /** Those of accounts that are on this server who are not there. */
  readonly missing: readonly NamedPrincipal[];
}

/**
 * Looks up whom a policy of something in `account` names. Of accounts that are not on this server nobody can be looked up: their
 * ARNs are taken as they are.
 */
export async function lookUpPrincipals(tx: IamReader, account: AccountId, document: PolicyDocument): Promise<PrincipalIds> {
  const ids: Record<string, string> = {};
  const missing: NamedPrincipal[] = [];
  const named = document.statements.flatMap(({ principals }) => principals?.of ?? []).filter((it) => "arn" in it);
  // A policy may name the same ones in each of its statements.
  for (const principal of new Map(named.map((it) => [it.arn, it])).values()) {
    const id = await idOf(tx, principal);
    if (id !== undefined) ids[principal.arn] = id;
    else if (principal.account === account || (await tx.first(accountThatExists, principal))) missing.push(principal);
  }
  return { ids, missing };
}

/** The unique id of somebody in the form in which `holdPrincipals` of the policies wants it; undefined when there is nobody. */
async function idOf(tx: IamReader, { kind, account, arn }: NamedPrincipal): Promise<string | undefined> {
  const steps = arn.split(":").slice(5).join(":").split("/");
  const name = steps.at(-1) ?? "";
  switch (kind) {
    case "user":
    case "role":
      return idOfEntity(tx, account, kind, name, arn);
    case "session": {
      const id = await idOfEntity(tx, account, "role", steps.at(-2) ?? "");
      return id === undefined ? undefined : `${id}:${name}`;
    }
    case "federated-user":
      return `${account}:${name}`;
  }
}

async function idOfEntity(
  tx: IamReader,
  account: AccountId,
  kind: EntityKind,
  name: string,
  arn?: string,
): Promise<string | undefined> {
  const row = await lookUpEntity(tx, account, kind, name);
  return row === undefined || (arn !== undefined && entityArn(row) !== arn) ? undefined : row.id;
}
