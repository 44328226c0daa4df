import { RegistryError } from "../kernel/errors.ts";
import type { IamEntityRow } from "../platform/metadata/iam-schema.ts";
import { listAttachments } from "./attachments.ts";
import type { IamReader } from "./deps.ts";
import { listInlinePolicies } from "./inline-policies.ts";

/** IAM: what a user, group or role still has must go first. (aws-cloudformation and terraform threads quote these texts) */
export function deleteConflict(first: string): RegistryError {
  return new RegistryError("DeleteConflictException", `Cannot delete entity, must ${first} first.`);
}

/** Throws DeleteConflictException while a user, group or role has policies, its own or attached. */
export async function refuseWhilePoliciesRemain(tx: IamReader, entity: IamEntityRow): Promise<void> {
  if ((await listAttachments(tx, entity, { limit: 1 })).length > 0) throw deleteConflict("detach all policies");
  if ((await listInlinePolicies(tx, entity, "", 1)).length > 0) throw deleteConflict("delete policies");
}
