import { RegistryError } from "../../kernel/errors.ts";
import type { AccountId, Arn } from "../../kernel/names.ts";
import type { ControlPolicyRow } from "../../platform/metadata/iam-schema.ts";
import { query } from "../../platform/metadata/query.ts";
import { controlPolicyArn } from "./ids.ts";
import { CONTROL_POLICIES_MAX } from "./limits.ts";
import { type GlobalReader, type GlobalWriter, noteOrganisationChange, type Organisation } from "./organisation.ts";
import { CONTROL } from "./policy-types.ts";
import { removeTags } from "./tags.ts";

/** AWS's own service control policy. (Organizations User Guide) */
export const FULL_ACCESS: ControlPolicyRow = {
  id: "p-FullAWSAccess",
  name: "FullAWSAccess",
  description: "Allows access to every operation",
  text: JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] }, null, 2),
};

const policyById = query<{ id: string }>()((db, p) => db.selectFrom("control_policies").selectAll().where("id", "=", p.id));
const policyByName = query<{ name: string }>()((db, p) =>
  db.selectFrom("control_policies").selectAll().where("name", "=", p.name),
);
const policiesAfter = query<{ after: string; limit: number }>()((db, p) =>
  db.selectFrom("control_policies").selectAll().where("id", ">", p.after).orderBy("id").limit(p.limit),
);
const policyCount = query()((db) => db.selectFrom("control_policies").select((it) => it.fn.countAll<number>().as("count")));
const insertPolicy = query<ControlPolicyRow>()((db, p) =>
  db.insertInto("control_policies").values({ id: p.id, name: p.name, description: p.description, text: p.text }),
);
const updatePolicyRow = query<ControlPolicyRow>()((db, p) =>
  db.updateTable("control_policies").set({ name: p.name, description: p.description, text: p.text }).where("id", "=", p.id),
);
const deletePolicyRow = query<{ id: string }>()((db, p) => db.deleteFrom("control_policies").where("id", "=", p.id));

/** A service control policy, AWS's own included, or undefined. */
export async function findPolicy(tx: GlobalReader, id: string): Promise<ControlPolicyRow | undefined> {
  return id === FULL_ACCESS.id ? FULL_ACCESS : tx.first(policyById, { id });
}

/** Throws PolicyNotFoundException. */
export async function requirePolicy(tx: GlobalReader, id: string): Promise<ControlPolicyRow> {
  const policy = await findPolicy(tx, id);
  if (policy !== undefined) return policy;
  throw new RegistryError("PolicyNotFoundException", "You specified a policy that doesn't exist.");
}

/** Policies in the order of their ids, from behind `after`, AWS's own first. */
export async function listPolicies(tx: GlobalReader, after: string, limit: number): Promise<readonly ControlPolicyRow[]> {
  const first = after < FULL_ACCESS.id ? [FULL_ACCESS] : [];
  return [...first, ...(await tx.all(policiesAfter, { after, limit: limit - first.length }))];
}

/** Throws DuplicatePolicyException, ConstraintViolationException. */
export async function addPolicy(tx: GlobalWriter, policy: ControlPolicyRow): Promise<void> {
  if (((await tx.first(policyCount, {}))?.count ?? 0) >= CONTROL_POLICIES_MAX) {
    throw new RegistryError("ConstraintViolationException", "You have exceeded the allowed number of policies.", {
      Reason: "POLICY_NUMBER_LIMIT_EXCEEDED",
    });
  }
  await refuseName(tx, policy);
  await tx.run(insertPolicy, policy);
}

/** Throws DuplicatePolicyException. */
export async function changePolicy(tx: GlobalWriter, policy: ControlPolicyRow): Promise<void> {
  await refuseName(tx, policy);
  await tx.run(updatePolicyRow, policy);
  await noteOrganisationChange(tx);
}

/** Takes away a policy that nothing has any more. */
export async function removePolicy(tx: GlobalWriter, id: string): Promise<void> {
  await removeTags(tx, id);
  await tx.run(deletePolicyRow, { id });
}

async function refuseName(tx: GlobalReader, { id, name }: ControlPolicyRow): Promise<void> {
  const other = name === FULL_ACCESS.name ? FULL_ACCESS : await tx.first(policyByName, { name });
  if (other !== undefined && other.id !== id) {
    throw new RegistryError("DuplicatePolicyException", "A policy with the same name already exists.");
  }
}

/** The ARN of a policy; AWS's own belongs to no account. */
export function arnOfPolicy(manager: AccountId, id: string): Arn {
  if (id === FULL_ACCESS.id) return `arn:aws:organizations::aws:policy/service_control_policy/${id}` as Arn;
  return controlPolicyArn(manager, id);
}

/** As lists tell of a policy. */
export function presentPolicy({ manager }: Organisation, { id, name, description }: ControlPolicyRow): object {
  const AwsManaged = id === FULL_ACCESS.id;
  return { Id: id, Arn: arnOfPolicy(manager, id), Name: name, Description: description, Type: CONTROL, AwsManaged };
}
