import type { Call } from "../../kernel/call.ts";
import { refuseWhilePoliciesRemain } from "../delete-conflicts.ts";
import type { IamDeps } from "../deps.ts";
import { removeEntity } from "../entities.ts";
import { entityWords } from "../entity-kinds.ts";
import { refuseProtected } from "../protected-roles.ts";
import { setRole, setTrust } from "./role-rows.ts";
import { readTrust } from "./trust.ts";
import { viewDescribedRole } from "./view-role.ts";

export interface RoleInput {
  readonly RoleName: string;
}

export interface UpdateRoleInput extends RoleInput {
  readonly Description?: string;
  readonly MaxSessionDuration?: number;
}

export const ROLE = entityWords("role");

/** Changes what is given and leaves the rest. IAM: the description of a role of AWS's services is its account's to write. */
export function updateRole({ metadata }: IamDeps, call: Call, input: UpdateRoleInput): Promise<object> {
  return metadata.writeGlobal(async (tx) => {
    const role = await ROLE.find(tx, call, input);
    if (input.MaxSessionDuration !== undefined) refuseProtected(role);
    await setRole(tx, role, {
      description: input.Description ?? role.description,
      session_s_max: input.MaxSessionDuration ?? role.session_s_max,
    });
    return {};
  });
}

/** The older way to write a role's description. */
export function updateRoleDescription(
  { metadata }: IamDeps,
  call: Call,
  input: RoleInput & { readonly Description: string },
): Promise<object> {
  return metadata.writeGlobal(async (tx) => {
    const role = { ...(await ROLE.find(tx, call, input)), description: input.Description };
    await setRole(tx, role, role);
    return { Role: viewDescribedRole(role) };
  });
}

/** Says anew who may assume a role. Sessions that there are go on. */
export function updateAssumeRolePolicy(
  { metadata }: IamDeps,
  call: Call,
  input: RoleInput & { readonly PolicyDocument: string },
): Promise<object> {
  return metadata.writeGlobal(async (tx) => {
    const role = await ROLE.findToChange(tx, call, input);
    await setTrust(tx, role, await readTrust(tx, call.principal.account, input.PolicyDocument));
    return {};
  });
}

/** Takes a role away that has no policies any more; its sessions end with it. */
export function deleteRole({ metadata }: IamDeps, call: Call, input: RoleInput): Promise<object> {
  return metadata.writeGlobal(async (tx) => {
    const role = await ROLE.findToChange(tx, call, input);
    await refuseWhilePoliciesRemain(tx, role);
    await removeEntity(tx, role);
    return {};
  });
}
