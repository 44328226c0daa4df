import type { AccountId, Arn } from "../../kernel/names.ts";
import type { Ask } from "../../kernel/operation.ts";
import type { Metadata } from "../../platform/metadata/metadata.ts";
import { query } from "../../platform/metadata/query.ts";

const entityByName = query<{ account: string; kind: string; name_folded: string }>()((db, p) =>
  db
    .selectFrom("iam_entities")
    .select(["path", "name"])
    .where("account", "=", p.account)
    .where("kind", "=", p.kind)
    .where("name_folded", "=", p.name_folded),
);

/**
 * The ARN of the user, group or role that a request names, with its path and in its own spelling: IAM finds it whatever the
 * case, so a policy on its ARN must not be got round by another spelling. Undefined when there is none.
 */
export async function entityArnNamed(
  metadata: Metadata,
  account: AccountId,
  { kind, name }: NonNullable<Ask["entity"]>,
): Promise<Arn | undefined> {
  const named = { account, kind, name_folded: name.toLowerCase() };
  const row = await metadata.readGlobal((tx) => tx.first(entityByName, named));
  return row && (`arn:aws:iam::${account}:${kind}${row.path}${row.name}` as Arn);
}
