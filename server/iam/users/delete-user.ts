import type { Call } from "../../kernel/call.ts";
import { refuseWhilePoliciesRemain, deleteConflict } from "../delete-conflicts.ts";
import type { IamDeps } from "../deps.ts";
import { findEntity, removeEntity } from "../entities.ts";
import { groupsOfUser } from "../group-members.ts";
import { accessKeysOf } from "./access-key-rows.ts";

/** Takes a user away who has nothing any more. Throws NoSuchEntityException or DeleteConflictException. */
export function deleteUser({ metadata }: IamDeps, { principal: { account } }: Call, name: string): Promise<object> {
  return metadata.writeGlobal(async (tx) => {
    const user = await findEntity(tx, account, "user", name);
    if ((await groupsOfUser(tx, user, { limit: 1 })).length > 0) throw deleteConflict("remove users from group");
    await refuseWhilePoliciesRemain(tx, user);
    if ((await accessKeysOf(tx, user)).length > 0) throw deleteConflict("delete access keys");
    await removeEntity(tx, user);
    return {};
  });
}
