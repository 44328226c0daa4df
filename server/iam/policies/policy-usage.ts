import type { AccountId } from "../../kernel/names.ts";
import type { IamEntityRow, ManagedPolicyRow } from "../../platform/metadata/iam-schema.ts";
import { query, startsWith } from "../../platform/metadata/query.ts";
import type { IamReader } from "../deps.ts";

/** How often an account's users, groups and roles have a policy, and how many it bounds. */
export interface PolicyUsage {
  readonly attachments: number;
  readonly boundaries: number;
}

interface Count {
  readonly arn: string | null;
  readonly number: number | string | bigint;
}

const attachmentCounts = query<{ account: string }>()((db, p) =>
  db
    .selectFrom("policy_attachments")
    .select(["policy_arn as arn", (q) => q.fn.countAll().as("number")])
    .where("account", "=", p.account)
    .groupBy("policy_arn"),
);

const boundaryCounts = query<{ account: string }>()((db, p) =>
  db
    .selectFrom("iam_entities")
    .select(["boundary_arn as arn", (q) => q.fn.countAll().as("number")])
    .where("account", "=", p.account)
    .where("boundary_arn", "is not", null)
    .groupBy("boundary_arn"),
);

const attachmentsOf = query<{ account: string; arn: string }>()((db, p) =>
  db
    .selectFrom("policy_attachments")
    .select((q) => q.fn.countAll().as("number"))
    .where("account", "=", p.account)
    .where("policy_arn", "=", p.arn),
);

const boundariesOf = query<{ account: string; arn: string }>()((db, p) =>
  db
    .selectFrom("iam_entities")
    .select((q) => q.fn.countAll().as("number"))
    .where("account", "=", p.account)
    .where("boundary_arn", "=", p.arn),
);

const attachedTo = query<EntitySearch>()((db, p) =>
  db
    .selectFrom("policy_attachments")
    .innerJoin("iam_entities", "iam_entities.id", "policy_attachments.entity_id")
    .selectAll("iam_entities")
    .where("policy_attachments.account", "=", p.account)
    .where("policy_attachments.policy_arn", "=", p.arn)
    .where("iam_entities.id", ">", p.after)
    .where(startsWith("iam_entities.path", p.path_prefix))
    .orderBy("iam_entities.id")
    .limit(p.limit),
);

const boundBy = query<EntitySearch>()((db, p) =>
  db
    .selectFrom("iam_entities")
    .selectAll()
    .where("account", "=", p.account)
    .where("boundary_arn", "=", p.arn)
    .where("id", ">", p.after)
    .where(startsWith("path", p.path_prefix))
    .orderBy("id")
    .limit(p.limit),
);

interface EntitySearch {
  readonly account: string;
  readonly arn: string;
  readonly path_prefix: string;
  readonly after: string;
  readonly limit: number;
}

/** How a policy is used in an account, which for AWS's own is not the policy's. */
export async function policyUsage(tx: IamReader, account: AccountId, { arn }: ManagedPolicyRow): Promise<PolicyUsage> {
  const [attached, bounded] = [await tx.first(attachmentsOf, { account, arn }), await tx.first(boundariesOf, { account, arn })];
  return { attachments: Number(attached?.number ?? 0), boundaries: Number(bounded?.number ?? 0) };
}

/** The same of every policy that an account uses, by ARN. */
export async function policyUsages(tx: IamReader, account: AccountId): Promise<(arn: string) => PolicyUsage> {
  const attachments = byArn(await tx.all(attachmentCounts, { account }));
  const boundaries = byArn(await tx.all(boundaryCounts, { account }));
  return (arn) => ({ attachments: attachments.get(arn) ?? 0, boundaries: boundaries.get(arn) ?? 0 });
}

function byArn(counts: readonly Count[]): ReadonlyMap<string | null, number> {
  return new Map(counts.map((it) => [it.arn, Number(it.number)]));
}

/** In which way something has a policy; without, in either way. */
export type PolicyUse = "PermissionsPolicy" | "PermissionsBoundary";

/** Who has a policy in the given way, each once and in the order of their ids. */
export async function entitiesWith(
  tx: IamReader,
  search: EntitySearch,
  use: PolicyUse | undefined,
): Promise<readonly IamEntityRow[]> {
  const attached = use === "PermissionsBoundary" ? [] : await tx.all(attachedTo, search);
  const bound = use === "PermissionsPolicy" ? [] : await tx.all(boundBy, search);
  const rows = new Map([...attached, ...bound].map((it) => [it.id, it]));
  return [...rows.values()].toSorted((one, other) => (one.id < other.id ? -1 : 1)).slice(0, search.limit);
}
