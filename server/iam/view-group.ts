import type { IamEntityRow } from "../platform/metadata/iam-schema.ts";
import { entityArn } from "./entities.ts";

/** IAM's form of a group. */
export function viewGroup(group: IamEntityRow) {
  return {
    Path: group.path,
    GroupName: group.name,
    GroupId: group.id,
    Arn: entityArn(group),
    CreateDate: new Date(group.created_ms),
  };
}
