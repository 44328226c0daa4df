import type { AccountId, Arn } from "../../kernel/names.ts";
import type { AskedEntity } from "../../kernel/operation.ts";
import type { Metadata } from "../../platform/metadata/metadata.ts";
import { query } from "../../platform/metadata/query.ts";

const entityByName = query<{ account: string; kind: string; name_folded: string }>()((db, p) =>
  db
    .selectFrom("iam_entities")
    .select(["kind", "path", "name"])
    .where("account", "=", p.account)
    .where("kind", "=", p.kind)
    .where("name_folded", "=", p.name_folded),
);
/** Of a key of the account's root user the name is null. */
const holderOfKey = query<{ account: string; id: string }>()((db, p) =>
  db
    .selectFrom("access_keys")
    .leftJoin("iam_entities", "iam_entities.id", "access_keys.principal_id")
    .select(["iam_entities.kind", "iam_entities.path", "iam_entities.name"])
    .where("access_keys.access_key_id", "=", p.id)
    .where("access_keys.account", "=", p.account),
);

/** Whom a request means: what their ARN is, and what it would be once they are moved. */
export interface EntityFound {
  readonly arn: Arn;
  readonly moved: Arn | undefined;
}

/**
 * Whom a request means, with their path and in their own spelling: IAM finds a name whatever the case, so a policy on an ARN must
 * not be got round by another spelling. Undefined when there is nobody of this name, or with this key, in the account.
 */
export async function findAskedEntity(
  metadata: Metadata,
  account: AccountId,
  asked: AskedEntity,
): Promise<EntityFound | undefined> {
  const row = await metadata.readGlobal((tx) =>
    asked.kind === "access-key"
      ? tx.first(holderOfKey, { account, id: asked.id })
      : tx.first(entityByName, { account, kind: asked.kind, name_folded: asked.name.toLowerCase() }),
  );
  if (row === undefined) return undefined;
  const arnOf = (path: string | null, name: string | null): Arn =>
    `arn:aws:iam::${account}:${name === null ? "root" : `${row.kind}${path}${name}`}` as Arn;
  const moved = asked.kind === "access-key" ? undefined : asked.moved;
  return {
    arn: arnOf(row.path, row.name),
    moved: moved && arnOf(moved.path ?? row.path, moved.name ?? row.name),
  };
}
