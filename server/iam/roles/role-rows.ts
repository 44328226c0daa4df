import type { AccountId } from "../../kernel/names.ts";
import type { IamEntityRow } from "../../platform/metadata/iam-schema.ts";
import { query } from "../../platform/metadata/query.ts";
import { noteAccessChange } from "../access-changes.ts";
import type { IamWriter } from "../deps.ts";
import type { Trust } from "./trust.ts";

const setTrustRow = query<Trust & { id: string }>()((db, p) =>
  db.updateTable("iam_entities").set({ trust_policy: p.trust_policy, trust_ids: p.trust_ids }).where("id", "=", p.id),
);

const setRoleRow = query<{ id: string; description: string | null; session_s_max: number | null }>()((db, p) =>
  db.updateTable("iam_entities").set({ description: p.description, session_s_max: p.session_s_max }).where("id", "=", p.id),
);

/** Says who may assume a role. */
export async function setTrust(tx: IamWriter, { id, account }: IamEntityRow, trust: Trust): Promise<void> {
  await tx.run(setTrustRow, { id, ...trust });
  await noteAccessChange(tx, account as AccountId);
}

/** Writes the description of a role and how long its sessions may last. */
export async function setRole(
  tx: IamWriter,
  { id, account }: IamEntityRow,
  { description, session_s_max }: Pick<IamEntityRow, "description" | "session_s_max">,
): Promise<void> {
  await tx.run(setRoleRow, { id, description, session_s_max });
  await noteAccessChange(tx, account as AccountId);
}
