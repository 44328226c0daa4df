import { accountExists } from "../../identity/access-keys.ts";
import { RegistryError } from "../../kernel/errors.ts";
import type { AccountId } from "../../kernel/names.ts";
import type { OrganisationAccountRow } from "../../platform/metadata/iam-schema.ts";
import { query } from "../../platform/metadata/query.ts";
import { attachFullAccess, detachAll } from "./attachments.ts";
import { generateAccountId, targetArn } from "./ids.ts";
import { findMember, type GlobalReader, type GlobalWriter, noteOrganisationChange, type Organisation } from "./organisation.ts";
import { removeTags } from "./tags.ts";
import { pathOf, unitsUpTo } from "./units.ts";

const memberByEmail = query<{ email: string }>()((db, p) =>
  db.selectFrom("organisation_accounts").select("account").where("email", "=", p.email),
);
const memberCount = query()((db) => db.selectFrom("organisation_accounts").select((it) => it.fn.countAll<number>().as("count")));
const membersAfter = query<{ after: string; limit: number }>()((db, p) =>
  db.selectFrom("organisation_accounts").selectAll().where("account", ">", p.after).orderBy("account").limit(p.limit),
);
const membersIn = query<{ unit: string; after: string; limit: number }>()((db, p) =>
  db
    .selectFrom("organisation_accounts")
    .selectAll()
    .where("unit_id", "=", p.unit)
    .where("account", ">", p.after)
    .orderBy("account")
    .limit(p.limit),
);
const insertMember = query<OrganisationAccountRow>()((db, p) =>
  db.insertInto("organisation_accounts").values({
    account: p.account,
    unit_id: p.unit_id,
    name: p.name,
    email: p.email,
    status: p.status,
    joined_method: p.joined_method,
    joined_ms: p.joined_ms,
  }),
);
const updateUnit = query<{ account: string; unit: string }>()((db, p) =>
  db.updateTable("organisation_accounts").set({ unit_id: p.unit }).where("account", "=", p.account),
);
const suspendMember = query<{ account: string }>()((db, p) =>
  db.updateTable("organisation_accounts").set({ status: "SUSPENDED" }).where("account", "=", p.account),
);
const deleteMember = query<{ account: string }>()((db, p) =>
  db.deleteFrom("organisation_accounts").where("account", "=", p.account),
);
/** Without this row nobody of the account is anybody any more, in whatever they come with. */
const deleteAccount = query<{ account: string }>()((db, p) => db.deleteFrom("accounts").where("account", "=", p.account));

/** An account that joins. */
export interface NewMember {
  readonly account: AccountId;
  readonly unit: string;
  readonly name: string;
  /** None is a made-up one: whoever makes an account on the command line gives none. */
  readonly email?: string | undefined;
  readonly joined_method: "CREATED" | "INVITED";
  readonly now_ms: number;
}

/** An account of the organisation. Throws AccountNotFoundException. */
export async function requireAccount(tx: GlobalReader, account: string): Promise<OrganisationAccountRow> {
  const member = await findMember(tx, account);
  if (member !== undefined) return member;
  throw new RegistryError("AccountNotFoundException", "You specified an account that doesn't exist.");
}

export async function isEmailTaken(tx: GlobalReader, email: string): Promise<boolean> {
  return (await tx.first(memberByEmail, { email })) !== undefined;
}

export async function countMembers(tx: GlobalReader): Promise<number> {
  return (await tx.first(memberCount, {}))?.count ?? 0;
}

/** A random id that no account has or had: a closed one is in the organisation still. */
export async function unusedAccountId(tx: GlobalReader): Promise<AccountId> {
  for (;;) {
    const account = generateAccountId();
    const isTaken = (await tx.first(accountExists, { account })) ?? (await findMember(tx, account));
    if (isTaken === undefined) return account;
  }
}

/** All accounts of the organisation in the order of their ids, from behind `after`. */
export function listMembers(tx: GlobalReader, after: string, limit: number): Promise<OrganisationAccountRow[]> {
  return tx.all(membersAfter, { after, limit });
}

/** Those directly in the root or in one unit. */
export function listMembersIn(tx: GlobalReader, unit: string, after: string, limit: number): Promise<OrganisationAccountRow[]> {
  return tx.all(membersIn, { unit, after, limit });
}

/** Takes an account into the organisation. */
export async function addMember(tx: GlobalWriter, controls: boolean, member: NewMember): Promise<OrganisationAccountRow> {
  const { account, unit, name, email = `${account}@accounts.invalid`, joined_method, now_ms } = member;
  const row = { account, unit_id: unit, name, email, status: "ACTIVE", joined_method, joined_ms: now_ms };
  await tx.run(insertMember, row);
  if (controls) await attachFullAccess(tx, account);
  await noteOrganisationChange(tx);
  return row;
}

export async function moveMember(tx: GlobalWriter, account: string, unit: string): Promise<void> {
  await tx.run(updateUnit, { account, unit });
  await noteOrganisationChange(tx);
}

/** The account stays as it is, and no longer belongs to the organisation. */
export async function removeMember(tx: GlobalWriter, account: string): Promise<void> {
  await noteOrganisationChange(tx);
  await detachAll(tx, account);
  await removeTags(tx, account);
  await tx.run(deleteMember, { account });
}

/** Ends an account: whoever is in it can do nothing any more, and its id is not given to anybody else. */
export async function closeMember(tx: GlobalWriter, account: string): Promise<void> {
  await tx.run(suspendMember, { account });
  await tx.run(deleteAccount, { account });
  await noteOrganisationChange(tx);
}

/** As Organizations tells of an account. */
export async function presentMember(
  tx: GlobalReader,
  { manager }: Organisation,
  { account, name, email, status, joined_method, joined_ms, unit_id }: OrganisationAccountRow,
): Promise<object> {
  return {
    Id: account,
    Arn: targetArn(manager, account),
    Email: email,
    Name: name,
    Status: status,
    State: status,
    Paths: [`${pathOf(manager, await unitsUpTo(tx, unit_id))}${account}/`],
    JoinedMethod: joined_method,
    JoinedTimestamp: joined_ms / 1000,
  };
}
