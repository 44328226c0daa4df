import type { AccountId } from "../../kernel/names.ts";
import type { ManagedPolicyRow, PolicyVersionRow } from "../../platform/metadata/iam-schema.ts";
import { query, startsWith } from "../../platform/metadata/query.ts";
import { noteAccessChange } from "../access-changes.ts";
import type { IamReader, IamWriter } from "../deps.ts";

const insertPolicy = query<ManagedPolicyRow>()((db, p) =>
  db
    .insertInto("managed_policies")
    .values({
      id: p.id,
      account: p.account,
      name: p.name,
      name_folded: p.name_folded,
      path: p.path,
      arn: p.arn,
      description: p.description,
      default_version: p.default_version,
      next_version: p.next_version,
      created_ms: p.created_ms,
      updated_ms: p.updated_ms,
    })
    .onConflict((it) => it.columns(["account", "name_folded"]).doNothing()),
);

const updatePolicy = query<{ id: string; default_version: string; next_version: number; updated_ms: number }>()((db, p) =>
  db
    .updateTable("managed_policies")
    .set({ default_version: p.default_version, next_version: p.next_version, updated_ms: p.updated_ms })
    .where("id", "=", p.id),
);

const deletePolicyRow = query<{ id: string }>()((db, p) => db.deleteFrom("managed_policies").where("id", "=", p.id));

const insertVersion = query<PolicyVersionRow>()((db, p) =>
  db.insertInto("policy_versions").values({ policy_id: p.policy_id, version: p.version, text: p.text, created_ms: p.created_ms }),
);

const deleteVersion = query<{ policy_id: string; version: string }>()((db, p) =>
  db.deleteFrom("policy_versions").where("policy_id", "=", p.policy_id).where("version", "=", p.version),
);

const policiesAfter = query<{ account: string; path_prefix: string; after: string; limit: number }>()((db, p) =>
  db
    .selectFrom("managed_policies")
    .selectAll()
    .where("account", "=", p.account)
    .where("name_folded", ">", p.after)
    .where(startsWith("path", p.path_prefix))
    .orderBy("name_folded")
    .limit(p.limit),
);

/** An account's own policies in the order of their folded names, from behind `after`. */
export function listOwnPolicies(
  tx: IamReader,
  account: AccountId,
  { pathPrefix, after, limit }: { readonly pathPrefix: string; readonly after: string; readonly limit: number },
): Promise<ManagedPolicyRow[]> {
  return tx.all(policiesAfter, { account, path_prefix: pathPrefix, after, limit });
}

/** Writes a new policy with its first version; false when its name is taken. */
export async function addPolicy(tx: IamWriter, row: ManagedPolicyRow, text: string): Promise<boolean> {
  if ((await tx.run(insertPolicy, row)) === 0) return false;
  await addVersion(tx, { policy_id: row.id, version: row.default_version, text, created_ms: row.created_ms });
  return true;
}

export async function addVersion(tx: IamWriter, version: PolicyVersionRow): Promise<void> {
  await tx.run(insertVersion, version);
}

export async function removeVersion(tx: IamWriter, { policy_id, version }: PolicyVersionRow): Promise<void> {
  await tx.run(deleteVersion, { policy_id, version });
}

/** Takes a policy's own row away; its versions and tags must be gone before. */
export async function removePolicy(tx: IamWriter, { id }: ManagedPolicyRow): Promise<void> {
  await tx.run(deletePolicyRow, { id });
}

/** Writes which version is in force, and what the next one will be called. */
export async function changePolicy(
  tx: IamWriter,
  { id, account }: ManagedPolicyRow,
  change: Pick<ManagedPolicyRow, "default_version" | "next_version" | "updated_ms">,
): Promise<void> {
  await tx.run(updatePolicy, { id, ...change });
  await noteAccessChange(tx, account as AccountId);
}
