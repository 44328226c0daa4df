import { query } from "../../platform/metadata/query.ts";
import { type GlobalReader, type GlobalWriter, noteOrganisationChange } from "./organisation.ts";
import { FULL_ACCESS } from "./policies.ts";

interface Attachment {
  readonly target: string;
  readonly policy: string;
}

const attachment = query<Attachment>()((db, p) =>
  db.selectFrom("control_policy_targets").select("target").where("target", "=", p.target).where("policy_id", "=", p.policy),
);
const policiesAfter = query<{ target: string; after: string; limit: number }>()((db, p) =>
  db
    .selectFrom("control_policy_targets")
    .select("policy_id")
    .where("target", "=", p.target)
    .where("policy_id", ">", p.after)
    .orderBy("policy_id")
    .limit(p.limit),
);
const targetsAfter = query<{ policy: string; after: string; limit: number }>()((db, p) =>
  db
    .selectFrom("control_policy_targets")
    .select("target")
    .where("policy_id", "=", p.policy)
    .where("target", ">", p.after)
    .orderBy("target")
    .limit(p.limit),
);
const insertAttachment = query<Attachment>()((db, p) =>
  db
    .insertInto("control_policy_targets")
    .values({ target: p.target, policy_id: p.policy })
    .onConflict((it) => it.columns(["target", "policy_id"]).doNothing()),
);
const deleteAttachment = query<Attachment>()((db, p) =>
  db.deleteFrom("control_policy_targets").where("target", "=", p.target).where("policy_id", "=", p.policy),
);
const deleteAttachmentsOf = query<{ target: string }>()((db, p) =>
  db.deleteFrom("control_policy_targets").where("target", "=", p.target),
);
const deleteAttachments = query()((db) => db.deleteFrom("control_policy_targets"));
const attachToUnits = query<{ policy: string }>()((db, p) =>
  db
    .insertInto("control_policy_targets")
    .columns(["target", "policy_id"])
    .expression(db.selectFrom("organisation_units").select((it) => ["id", it.val(p.policy).as("policy_id")])),
);
const attachToAccounts = query<{ policy: string }>()((db, p) =>
  db
    .insertInto("control_policy_targets")
    .columns(["target", "policy_id"])
    .expression(db.selectFrom("organisation_accounts").select((it) => ["account", it.val(p.policy).as("policy_id")])),
);

export async function isAttached(tx: GlobalReader, at: Attachment): Promise<boolean> {
  return (await tx.first(attachment, at)) !== undefined;
}

/** The ids of the policies of a target in their order, from behind `after`. */
export async function policiesOf(tx: GlobalReader, target: string, after: string, limit: number): Promise<readonly string[]> {
  return (await tx.all(policiesAfter, { target, after, limit })).map((it) => it.policy_id);
}

/** The ids of what a policy is attached to in their order, from behind `after`. */
export async function targetsOf(tx: GlobalReader, policy: string, after: string, limit: number): Promise<readonly string[]> {
  return (await tx.all(targetsAfter, { policy, after, limit })).map((it) => it.target);
}

export async function attach(tx: GlobalWriter, at: Attachment): Promise<void> {
  await tx.run(insertAttachment, at);
  await noteOrganisationChange(tx);
}

export async function detach(tx: GlobalWriter, at: Attachment): Promise<void> {
  await tx.run(deleteAttachment, at);
  await noteOrganisationChange(tx);
}

/** AWS: whatever is new in an organisation with service control policies has the one that allows all. (user guide) */
export function attachFullAccess(tx: GlobalWriter, target: string): Promise<void> {
  return attach(tx, { target, policy: FULL_ACCESS.id });
}

/** Detaches whatever hangs on a target that goes away. */
export async function detachAll(tx: GlobalWriter, target: string): Promise<void> {
  await tx.run(deleteAttachmentsOf, { target });
  await noteOrganisationChange(tx);
}

/** AWS: with the type of policy everything begins anew: all is allowed everywhere. (user guide, enabling a policy type) */
export async function attachFullAccessEverywhere(tx: GlobalWriter): Promise<void> {
  await tx.run(attachToUnits, { policy: FULL_ACCESS.id });
  await tx.run(attachToAccounts, { policy: FULL_ACCESS.id });
  await noteOrganisationChange(tx);
}

/** AWS: without the type of policy none of it is attached to anything. (API reference, DisablePolicyType) */
export async function detachEverywhere(tx: GlobalWriter): Promise<void> {
  await tx.run(deleteAttachments, {});
  await noteOrganisationChange(tx);
}
