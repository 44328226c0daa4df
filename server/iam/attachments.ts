import { RegistryError } from "../kernel/errors.ts";
import type { AccountId } from "../kernel/names.ts";
import type { IamEntityRow, PolicyAttachmentRow } from "../platform/metadata/iam-schema.ts";
import { query } from "../platform/metadata/query.ts";
import { noteAccessChange } from "./access-changes.ts";
import type { IamReader, IamWriter } from "./deps.ts";
import type { EntityKind } from "./entities.ts";
import { isProtected, SERVICE_ROLE_PATH } from "./protected-roles.ts";
import { lookUpPolicy, notAttachable } from "./managed-policies.ts";

/** IAM: managed policies that one entity may have. (IAM User Guide, quotas) */
export const ATTACHED_POLICIES_MAX = 10;
const QUOTAS: Readonly<Record<EntityKind, string>> = {
  user: "PoliciesPerUser",
  group: "PoliciesPerGroup",
  role: "PoliciesPerRole",
};

const insertAttachment = query<PolicyAttachmentRow>()((db, p) =>
  db
    .insertInto("policy_attachments")
    .values({ entity_id: p.entity_id, policy_arn: p.policy_arn, account: p.account })
    .onConflict((it) => it.columns(["entity_id", "policy_arn"]).doNothing()),
);

const deleteAttachment = query<{ entity_id: string; policy_arn: string }>()((db, p) =>
  db.deleteFrom("policy_attachments").where("entity_id", "=", p.entity_id).where("policy_arn", "=", p.policy_arn),
);

const attachmentsOf = query<{ entity_id: string }>()((db, p) =>
  db.selectFrom("policy_attachments").select("policy_arn").where("entity_id", "=", p.entity_id).orderBy("policy_arn"),
);

/**
 * Attaches a managed policy; one that is attached stays so. Throws NoSuchEntityException, PolicyNotAttachableException or
 * IamLimitExceededException, and as lookUpPolicy for what is no ARN of a policy.
 */
export async function attachPolicy(tx: IamWriter, entity: IamEntityRow, policyArn: string): Promise<void> {
  const account = entity.account as AccountId;
  if ((await lookUpPolicy(tx, account, policyArn)) === undefined) throw notAttachable(`Policy ${policyArn}`);
  checkServicePolicy(entity, policyArn);
  await tx.run(insertAttachment, { entity_id: entity.id, policy_arn: policyArn, account });
  const attached = await tx.all(attachmentsOf, { entity_id: entity.id });
  if (attached.length > ATTACHED_POLICIES_MAX) {
    const quota = QUOTAS[entity.kind as EntityKind];
    throw new RegistryError("IamLimitExceededException", `Cannot exceed quota for ${quota}: ${ATTACHED_POLICIES_MAX}`);
  }
  await noteAccessChange(tx, account);
}

/** IAM: policies of service-linked roles are for those alone. (IAM User Guide, service-linked roles) */
function checkServicePolicy(entity: IamEntityRow, policyArn: string): void {
  if (!pathOf(policyArn).startsWith(SERVICE_ROLE_PATH) || isProtected(entity)) return;
  throw new RegistryError("PolicyNotAttachableException", "Cannot attach a Service Role Policy to a Customer Role.");
}

/** Throws NoSuchEntityException for a policy that is not attached. */
export async function detachPolicy(tx: IamWriter, entity: IamEntityRow, policyArn: string): Promise<void> {
  if ((await tx.run(deleteAttachment, { entity_id: entity.id, policy_arn: policyArn })) === 0) {
    throw new RegistryError("NoSuchEntityException", `Policy ${policyArn} was not found.`);
  }
  await noteAccessChange(tx, entity.account as AccountId);
}

/** Which of an entity's managed policies: below a path, from behind an ARN, so many. */
interface AttachmentFilter {
  readonly pathPrefix?: string | undefined;
  readonly after?: string | undefined;
  readonly limit?: number;
}

/** The ARNs of managed policies of an entity, in their order. */
export async function listAttachments(
  tx: IamReader,
  { id }: IamEntityRow,
  { pathPrefix = "/", after = "", limit = ATTACHED_POLICIES_MAX }: AttachmentFilter = {},
): Promise<string[]> {
  // They are few: what a path leaves out need not be left out by the database.
  const rows = await tx.all(attachmentsOf, { entity_id: id });
  const arns = rows.map((it) => it.policy_arn).filter((it) => it > after && pathOf(it).startsWith(pathPrefix));
  return arns.slice(0, limit);
}

/** IAM's form of an attached policy. Its name is the last step of its ARN. */
export function viewAttachment(policyArn: string) {
  return { PolicyName: policyArn.slice(policyArn.lastIndexOf("/") + 1), PolicyArn: policyArn };
}

/** The path in the ARN of a policy: `/` or `/a/b/`. */
function pathOf(policyArn: string): string {
  return policyArn.slice(policyArn.indexOf("/"), policyArn.lastIndexOf("/") + 1);
}
