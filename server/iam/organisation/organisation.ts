import type { Call } from "../../kernel/call.ts";
import { RegistryError } from "../../kernel/errors.ts";
import type { AccountId } from "../../kernel/names.ts";
import type { OrganisationAccountRow } from "../../platform/metadata/iam-schema.ts";
import type { Reader, Writer } from "../../platform/metadata/metadata.ts";
import { query } from "../../platform/metadata/query.ts";

export type GlobalReader = Omit<Reader, "registry">;
export type GlobalWriter = Omit<Writer, "registry">;

/** The organisation of this installation, with what is needed of it again and again. */
export interface Organisation {
  readonly id: string;
  /** The account that manages it. */
  readonly manager: AccountId;
  readonly rootId: string;
  /** Whether service control policies are in force. */
  readonly controls: boolean;
}

const organisations = query()((db) =>
  db
    .selectFrom("organisations")
    .innerJoin("organisation_units", (join) => join.on("organisation_units.parent_id", "is", null))
    .select(["organisations.id", "organisations.account", "organisations.service_control", "organisation_units.id as root_id"]),
);

const memberById = query<{ account: string }>()((db, p) =>
  db.selectFrom("organisation_accounts").selectAll().where("account", "=", p.account),
);

/** Every account's number in one statement, whichever of them a change reaches: changes of an organisation are few. */
const addOneForEach = query()((db) =>
  db
    .insertInto("access_changes")
    .columns(["account", "number"])
    .expression(
      db
        .selectFrom("organisation_accounts")
        .select((it) => ["account", it.lit(1).as("number")])
        // SQLite cannot tell `on conflict` from the `on` of a join unless something stands in between.
        .where("account", "is not", null),
    )
    .onConflict((it) => it.column("account").doUpdateSet((q) => ({ number: q("access_changes.number", "+", 1) }))),
);

/** The organisation, or undefined when there is none. */
export async function findOrganisation(tx: GlobalReader): Promise<Organisation | undefined> {
  const row = await tx.first(organisations, {});
  return row && { id: row.id, manager: row.account as AccountId, rootId: row.root_id, controls: row.service_control === 1 };
}

/** An account as the organisation knows it, or undefined when it is not in it. */
export function findMember(tx: GlobalReader, account: string): Promise<OrganisationAccountRow | undefined> {
  return tx.first(memberById, { account });
}

/** The organisation that the caller's account is in. Throws AWSOrganizationsNotInUseException. */
export async function requireMember(tx: GlobalReader, { principal }: Call): Promise<Organisation> {
  const organisation = await findOrganisation(tx);
  const isMember = organisation !== undefined && (await findMember(tx, principal.account)) !== undefined;
  if (!isMember) {
    throw new RegistryError("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.");
  }
  return organisation;
}

/**
 * The same for an account that manages it: whatever policies say, principals of other accounts neither change the organisation
 * nor look around in it. Throws AccessDeniedException, AWSOrganizationsNotInUseException.
 */
export async function requireManager(tx: GlobalReader, call: Call): Promise<Organisation> {
  const organisation = await requireMember(tx, call);
  if (organisation.manager !== call.principal.account) throw notManager();
  return organisation;
}

export function notManager(): RegistryError {
  return new RegistryError("AccessDeniedException", "You don't have permissions to access this resource.");
}

/** To be called in every transaction after which other control policies, or another organisation, apply to an account. */
export async function noteOrganisationChange(tx: GlobalWriter): Promise<void> {
  await tx.run(addOneForEach, {});
}
