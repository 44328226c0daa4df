import { RegistryError } from "../../kernel/errors.ts";
import type { AccountId } from "../../kernel/names.ts";
import { query } from "../../platform/metadata/query.ts";
import { findAccountAlias } from "../account-aliases.ts";
import { generateRootId, organisationIdOf } from "./ids.ts";
import { addMember, listMembers, removeMember } from "./members.ts";
import { findOrganisation, type GlobalWriter, type Organisation } from "./organisation.ts";
import { listPolicies } from "./policies.ts";
import { addRoot, listUnits, removeRoot } from "./units.ts";

const insertOrganisation = query<{ id: string; account: string; created_ms: number }>()((db, p) =>
  db.insertInto("organisations").values({ id: p.id, account: p.account, service_control: 0, created_ms: p.created_ms }),
);
const deleteOrganisationRow = query<{ id: string }>()((db, p) => db.deleteFrom("organisations").where("id", "=", p.id));
const deleteServices = query()((db) => db.deleteFrom("organisation_services"));

/** Makes the organisation, with the account that manages it as its only one. There must be none. */
export async function createOrganisation(tx: GlobalWriter, manager: AccountId, now_ms: number): Promise<Organisation> {
  const [id, rootId] = [organisationIdOf(manager), generateRootId()];
  await tx.run(insertOrganisation, { id, account: manager, created_ms: now_ms });
  await addRoot(tx, rootId, now_ms);
  const name = (await findAccountAlias(tx, manager)) ?? manager;
  // AWS: whoever makes an organisation has been invited into it. (API reference, Account)
  await addMember(tx, false, { account: manager, unit: rootId, name, joined_method: "INVITED", now_ms });
  return { id, manager, rootId, controls: false };
}

/** The organisation of this installation, made now if there is none. */
export async function ensureOrganisation(tx: GlobalWriter, manager: AccountId, now_ms: number): Promise<Organisation> {
  return (await findOrganisation(tx)) ?? createOrganisation(tx, manager, now_ms);
}

/** Ends the organisation; the account that managed it stays. Throws OrganizationNotEmptyException. */
export async function deleteOrganisation(tx: GlobalWriter, { id, manager, rootId }: Organisation): Promise<void> {
  const left = [await listMembers(tx, "", 2), await listUnits(tx, rootId, "", 2), await listPolicies(tx, "", 2)];
  if (left.some((it, index) => it.length > (index === 1 ? 0 : 1))) {
    throw new RegistryError(
      "OrganizationNotEmptyException",
      "To delete an organization you must first remove all member accounts (except the master), its organizational units and its policies.",
    );
  }
  await removeMember(tx, manager);
  await removeRoot(tx, rootId);
  await tx.run(deleteServices, {});
  await tx.run(deleteOrganisationRow, { id });
}
