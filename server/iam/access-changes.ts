import type { AccountId } from "../kernel/names.ts";
import type { Reader, Writer } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";

type GlobalReader = Omit<Reader, "registry">;
type GlobalWriter = Omit<Writer, "registry">;

const numberOf = query<{ account: string }>()((db, p) =>
  db.selectFrom("access_changes").select("number").where("account", "=", p.account),
);

const addOne = query<{ account: string }>()((db, p) =>
  db
    .insertInto("access_changes")
    .values({ account: p.account, number: 1 })
    .onConflict((it) => it.column("account").doUpdateSet((q) => ({ number: q("access_changes.number", "+", 1) }))),
);

/**
 * To be called in every transaction that changes who there is in an account or what they may do, so that whoever keeps
 * policies or principals in memory sees that they are old.
 */
export async function noteAccessChange(tx: GlobalWriter, account: AccountId): Promise<void> {
  await tx.run(addOne, { account });
}

/** How often an account's principals and policies have been changed; 0 for an account where they never were. */
export async function accessChanges(tx: GlobalReader, account: AccountId): Promise<number> {
  return (await tx.first(numberOf, { account }))?.number ?? 0;
}
