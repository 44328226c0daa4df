import { noteAccessChange } from "../iam/access-changes.ts";
import type { AccountId } from "../kernel/names.ts";
import type { IamEntityRow } from "../platform/metadata/iam-schema.ts";
import type { Metadata, Writer } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";
import type { RepositoryRow } from "../platform/metadata/schema.ts";

type Transaction = Pick<Writer, "run">;

const insertAccount = query<{ account: string }>()((db, p) =>
  db.insertInto("accounts").values({ account: p.account, created_ms: 0 }),
);

const insertEntity = query<IamEntityRow>()((db, p) =>
  db.insertInto("iam_entities").values({
    id: p.id,
    account: p.account,
    kind: p.kind,
    name: p.name,
    name_folded: p.name_folded,
    path: p.path,
    created_ms: p.created_ms,
    boundary_arn: p.boundary_arn,
    sessions_valid_from_ms: p.sessions_valid_from_ms,
  }),
);

const insertRepository = query<RepositoryRow>()((db, p) =>
  db.insertInto("repositories").values({
    id: p.id,
    account: p.account,
    region: p.region,
    name: p.name,
    created_ms: p.created_ms,
    tag_mutability: p.tag_mutability,
    tag_mutability_filters: p.tag_mutability_filters,
    scan_on_push: p.scan_on_push,
    encryption_type: p.encryption_type,
    kms_key: p.kms_key,
  }),
);

/** Writes as the operations of IAM do: whoever keeps an account's policies in memory sees that they are old. */
export function changeAccess(
  metadata: Pick<Metadata, "writeGlobal">,
  account: AccountId,
  write: (tx: Transaction) => Promise<unknown>,
): Promise<void> {
  return metadata.writeGlobal(async (tx) => {
    await write(tx);
    await noteAccessChange(tx, account);
  });
}

/** An account, without a key. */
export async function addAccountRow(tx: Transaction, account: string): Promise<void> {
  await tx.run(insertAccount, { account });
}

/** A user, a group or a role. What a test does not say of it is as plain as can be. */
export async function addEntityRow(
  tx: Transaction,
  row: Pick<IamEntityRow, "id" | "account" | "kind" | "name"> & Partial<Pick<IamEntityRow, "path" | "boundary_arn">>,
): Promise<void> {
  const plain = {
    path: "/",
    created_ms: 0,
    boundary_arn: null,
    trust_policy: null,
    trust_ids: null,
    description: null,
    session_s_max: null,
    sessions_valid_from_ms: 0,
    last_used_ms: null,
    last_used_region: null,
  };
  await tx.run(insertEntity, { ...plain, name_folded: row.name.toLowerCase(), ...row });
}

/** A repository, which is empty. */
export async function addRepositoryRow(
  tx: Transaction,
  row: Pick<RepositoryRow, "id" | "account" | "region" | "name"> & Partial<Pick<RepositoryRow, "tag_mutability">>,
): Promise<void> {
  const plain = {
    created_ms: 0,
    tag_mutability: "MUTABLE",
    tag_mutability_filters: "[]",
    scan_on_push: 0,
    encryption_type: "AES256",
    kms_key: null,
  };
  await tx.run(insertRepository, { ...plain, ...row });
}
