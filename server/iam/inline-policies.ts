import { RegistryError } from "../kernel/errors.ts";
import type { AccountId } from "../kernel/names.ts";
import type { IamEntityRow, InlinePolicyRow } from "../platform/metadata/iam-schema.ts";
import { query } from "../platform/metadata/query.ts";
import { parseIdentityPolicy } from "../policies/iam-policies.ts";
import { noteAccessChange } from "./access-changes.ts";
import type { IamReader, IamWriter } from "./deps.ts";
import { documentSize } from "./document-text.ts";
import type { EntityKind } from "./entities.ts";

/** IAM: of all inline policies of one entity together, white space not counted. (IAM User Guide, quotas) */
export const INLINE_POLICY_SIZES_MAX: Readonly<Record<EntityKind, number>> = { user: 2_048, group: 5_120, role: 10_240 };

/** More than have room in the sizes above. */
const INLINE_POLICIES_MAX = 1_000;

const inlinePolicyByName = query<{ entity_id: string; name: string }>()((db, p) =>
  db.selectFrom("inline_policies").selectAll().where("entity_id", "=", p.entity_id).where("name", "=", p.name),
);

const inlinePoliciesAfter = query<{ entity_id: string; after: string; limit: number }>()((db, p) =>
  db
    .selectFrom("inline_policies")
    .selectAll()
    .where("entity_id", "=", p.entity_id)
    .where("name", ">", p.after)
    .orderBy("name")
    .limit(p.limit),
);

const inlineTexts = query<{ entity_id: string }>()((db, p) =>
  db.selectFrom("inline_policies").select("text").where("entity_id", "=", p.entity_id),
);

const putRow = query<InlinePolicyRow>()((db, p) =>
  db
    .insertInto("inline_policies")
    .values({ entity_id: p.entity_id, name: p.name, text: p.text })
    .onConflict((it) => it.columns(["entity_id", "name"]).doUpdateSet((row) => ({ text: row.ref("excluded.text") }))),
);

const deleteRow = query<{ entity_id: string; name: string }>()((db, p) =>
  db.deleteFrom("inline_policies").where("entity_id", "=", p.entity_id).where("name", "=", p.name),
);

/**
 * Gives a user, group or role a policy of its own, or another text to the one of this name. Throws
 * MalformedPolicyDocumentException, and IamLimitExceededException when all of its own are too large together.
 */
export async function putInlinePolicy(tx: IamWriter, entity: IamEntityRow, name: string, text: string): Promise<void> {
  parseIdentityPolicy(text);
  await tx.run(putRow, { entity_id: entity.id, name, text });
  const texts = await tx.all(inlineTexts, { entity_id: entity.id });
  const size = texts.reduce((sum, row) => sum + documentSize(row.text), 0);
  const size_max = INLINE_POLICY_SIZES_MAX[entity.kind as EntityKind];
  if (size > size_max) {
    const owner = `${entity.kind} ${entity.name}`;
    throw new RegistryError("IamLimitExceededException", `Maximum policy size of ${size_max} bytes exceeded for ${owner}`);
  }
  await noteAccessChange(tx, entity.account as AccountId);
}

/** A policy of an entity's own. Throws NoSuchEntityException. */
export async function findInlinePolicy(tx: IamReader, entity: IamEntityRow, name: string): Promise<InlinePolicyRow> {
  const row = await tx.first(inlinePolicyByName, { entity_id: entity.id, name });
  if (row === undefined) throw noSuchPolicy(entity, name);
  return row;
}

/** Policies of an entity's own in the order of their names, from behind the name `after`. */
export function listInlinePolicies(
  tx: IamReader,
  { id }: IamEntityRow,
  after = "",
  limit = INLINE_POLICIES_MAX,
): Promise<InlinePolicyRow[]> {
  return tx.all(inlinePoliciesAfter, { entity_id: id, after, limit });
}

/** Throws NoSuchEntityException. */
export async function deleteInlinePolicy(tx: IamWriter, entity: IamEntityRow, name: string): Promise<void> {
  if ((await tx.run(deleteRow, { entity_id: entity.id, name })) === 0) throw noSuchPolicy(entity, name);
  await noteAccessChange(tx, entity.account as AccountId);
}

function noSuchPolicy({ kind }: IamEntityRow, name: string): RegistryError {
  return new RegistryError("NoSuchEntityException", `The ${kind} policy with name ${name} cannot be found.`);
}
