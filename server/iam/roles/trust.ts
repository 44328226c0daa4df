import type { AccountId } from "../../kernel/names.ts";
import { RegistryError } from "../../kernel/errors.ts";
import { TRUST_POLICY_LENGTH_MAX } from "../../kernel/limits.ts";
import { query } from "../../platform/metadata/query.ts";
import { invalidPrincipal, parseTrustPolicy } from "../../policies/iam-policies.ts";
import type { PolicyPrincipal } from "../../policies/principal.ts";
import type { IamReader } from "../deps.ts";
import { documentSize } from "../document-text.ts";
import { entityArn, type EntityKind, lookUpEntity } from "../entities.ts";

type NamedPrincipal = Extract<PolicyPrincipal, { readonly arn: string }>;

const accountThatExists = query<{ account: string }>()((db, p) =>
  db.selectFrom("accounts").select("account").where("account", "=", p.account),
);

/** A trust policy as it is stored. */
export interface Trust {
  readonly trust_policy: string;
  readonly trust_ids: string;
}

/**
 * Reads the trust policy of a role of `account`, with the unique ids of those whom it names: who gets the name of one of them later is not meant. IAM: whom
 * it names must be there. Of accounts that are not here nobody can be looked up, and their ARNs are taken as they are. Throws
 * MalformedPolicyDocumentException, or IamLimitExceededException for a text that is too long.
 */
export async function readTrust(tx: IamReader, account: AccountId, text: string): Promise<Trust> {
  if (documentSize(text) > TRUST_POLICY_LENGTH_MAX) {
    throw new RegistryError("IamLimitExceededException", `Cannot exceed quota for ACLSizePerRole: ${TRUST_POLICY_LENGTH_MAX}`);
  }
  const ids: Record<string, string> = {};
  const principals = parseTrustPolicy(text).statements.flatMap(({ principals: named }) => named?.of ?? []);
  for (const principal of principals.filter((it) => "arn" in it)) {
    const id = await idOf(tx, principal);
    if (id !== undefined) ids[principal.arn] = id;
    else if (principal.account === account || (await exists(tx, principal.account))) throw invalidPrincipal(principal);
  }
  return { trust_policy: text, trust_ids: JSON.stringify(ids) };
}

async function exists(tx: IamReader, account: AccountId): Promise<boolean> {
  return (await tx.first(accountThatExists, { account })) !== undefined;
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
