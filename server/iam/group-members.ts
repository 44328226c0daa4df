import { RegistryError } from "../kernel/errors.ts";
import type { AccountId } from "../kernel/names.ts";
import type { GroupMemberRow, IamEntityRow } from "../platform/metadata/iam-schema.ts";
import { query } from "../platform/metadata/query.ts";
import { noteAccessChange } from "./access-changes.ts";
import type { IamReader, IamWriter } from "./deps.ts";

/** IAM: groups that one user may be in. (IAM User Guide, quotas) */
export const GROUPS_PER_USER_MAX = 10;

const insertMember = query<GroupMemberRow>()((db, p) =>
  db
    .insertInto("group_members")
    .values({ group_id: p.group_id, user_id: p.user_id })
    .onConflict((it) => it.columns(["group_id", "user_id"]).doNothing()),
);

const deleteMember = query<GroupMemberRow>()((db, p) =>
  db.deleteFrom("group_members").where("group_id", "=", p.group_id).where("user_id", "=", p.user_id),
);

const usersAfter = query<{ group_id: string; after: string; limit: number }>()((db, p) =>
  db
    .selectFrom("group_members")
    .innerJoin("iam_entities", "iam_entities.id", "group_members.user_id")
    .selectAll("iam_entities")
    .where("group_members.group_id", "=", p.group_id)
    .where("iam_entities.name_folded", ">", p.after)
    .orderBy("iam_entities.name_folded")
    .limit(p.limit),
);

const groupsAfter = query<{ user_id: string; after: string; limit: number }>()((db, p) =>
  db
    .selectFrom("group_members")
    .innerJoin("iam_entities", "iam_entities.id", "group_members.group_id")
    .selectAll("iam_entities")
    .where("group_members.user_id", "=", p.user_id)
    .where("iam_entities.name_folded", ">", p.after)
    .orderBy("iam_entities.name_folded")
    .limit(p.limit),
);

/** From behind a folded name, so many. */
interface Part {
  readonly after?: string | undefined;
  readonly limit: number;
}

/** The users in a group, in the order of their names. */
export function usersOfGroup(tx: IamReader, { id }: IamEntityRow, { after = "", limit }: Part): Promise<IamEntityRow[]> {
  return tx.all(usersAfter, { group_id: id, after, limit });
}

/** The groups that a user is in, in the order of their names. */
export function groupsOfUser(
  tx: IamReader,
  { id }: IamEntityRow,
  { after = "", limit = GROUPS_PER_USER_MAX }: Partial<Part> = {},
): Promise<IamEntityRow[]> {
  return tx.all(groupsAfter, { user_id: id, after, limit });
}

/** Puts a user into a group, or leaves it there. Throws IamLimitExceededException for a user in too many. */
export async function addMember(tx: IamWriter, group: IamEntityRow, user: IamEntityRow): Promise<void> {
  await tx.run(insertMember, { group_id: group.id, user_id: user.id });
  const groups = await groupsOfUser(tx, user, { limit: GROUPS_PER_USER_MAX + 1 });
  if (groups.length > GROUPS_PER_USER_MAX) {
    throw new RegistryError("IamLimitExceededException", `Cannot exceed quota for GroupsPerUser: ${GROUPS_PER_USER_MAX}`);
  }
  await noteAccessChange(tx, group.account as AccountId);
}

/** Takes a user out of a group. Throws NoSuchEntityException when it is not in it. */
export async function removeMember(tx: IamWriter, group: IamEntityRow, user: IamEntityRow): Promise<void> {
  if ((await tx.run(deleteMember, { group_id: group.id, user_id: user.id })) === 0) {
    throw new RegistryError("NoSuchEntityException", `User ${user.name} not in group ${group.name}`);
  }
  await noteAccessChange(tx, group.account as AccountId);
}
