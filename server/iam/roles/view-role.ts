import type { IamEntityRow } from "../../platform/metadata/iam-schema.ts";
import type { IamReader } from "../deps.ts";
import { encodeDocument } from "../document-text.ts";
import { entityArn, viewBoundary } from "../entities.ts";
import { readTags } from "../tags.ts";

/** IAM: a role's sessions last an hour at most unless it says otherwise. (API reference, CreateRole) */
export const SESSION_S_DEFAULT = 3_600;

// IAM: each operation tells other parts of a role. (localstack/localstack, answers of IAM recorded in test_iam_roles)

/** What every operation tells of a role. */
function viewCommon(role: IamEntityRow) {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: entityArn(role),
    CreateDate: new Date(role.created_ms),
    AssumeRolePolicyDocument: encodeDocument(role.trust_policy ?? ""),
  };
}

/** A role as CreateRole tells it. */
export async function viewNewRole(tx: IamReader, role: IamEntityRow): Promise<object> {
  const tags = await readTags(tx, role);
  return { ...viewCommon(role), PermissionsBoundary: viewBoundary(role), Tags: tags.length > 0 ? tags : undefined };
}

/** A role in a list. */
export function viewListedRole(role: IamEntityRow): object {
  return {
    ...viewCommon(role),
    Description: role.description ?? undefined,
    MaxSessionDuration: role.session_s_max ?? SESSION_S_DEFAULT,
  };
}

/** A role as GetRole tells it: whole. */
export async function viewRole(tx: IamReader, role: IamEntityRow): Promise<object> {
  return { ...(await viewNewRole(tx, role)), ...viewListedRole(role), RoleLastUsed: viewRoleUse(role) };
}

/** When and where a role was last used; empty for one that never was. IAM: it may be some minutes behind. */
export function viewRoleUse({ last_used_ms, last_used_region }: IamEntityRow): object {
  return last_used_ms === null ? {} : { LastUsedDate: new Date(last_used_ms), Region: last_used_region ?? undefined };
}

/** A role as UpdateRoleDescription tells it. */
export function viewDescribedRole(role: IamEntityRow): object {
  return { ...viewCommon(role), Description: role.description ?? undefined, PermissionsBoundary: viewBoundary(role) };
}
