import type { IamEntityRow } from "../platform/metadata/iam-schema.ts";
import type { IamReader } from "./deps.ts";
import { entityArn, viewBoundary } from "./entities.ts";
import { readTags } from "./tags.ts";

/** IAM's form of a user in a list: without tags and boundary. (API reference, ListUsers) */
export function viewListedUser(user: IamEntityRow) {
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.id,
    Arn: entityArn(user),
    CreateDate: new Date(user.created_ms),
  };
}

/** IAM's form of a user, whole. */
export async function viewUser(tx: IamReader, user: IamEntityRow) {
  const tags = await readTags(tx, user);
  return {
    ...viewListedUser(user),
    PermissionsBoundary: viewBoundary(user),
    Tags: tags.length === 0 ? undefined : tags,
  };
}
