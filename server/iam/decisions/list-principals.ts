import { rootOf } from "../../identity/principals.ts";
import type { Principal } from "../../kernel/call.ts";
import { PAGE_SIZE_MAX } from "../../kernel/limits.ts";
import type { AccountId } from "../../kernel/names.ts";
import type { IamEntityRow } from "../../platform/metadata/iam-schema.ts";
import type { Metadata } from "../../platform/metadata/metadata.ts";
import { query } from "../../platform/metadata/query.ts";
import { listEntities } from "../entities.ts";
import { principalOf } from "./find-principal.ts";

const accountsAfter = query<{ after: string; limit: number }>()((db, p) =>
  db.selectFrom("accounts").select("account").where("account", ">", p.after).orderBy("account").limit(p.limit),
);

/** Everybody there is: of each account the root user, then users, then roles, each as a session of it. */
export async function* listPrincipals(metadata: Metadata): AsyncGenerator<Principal> {
  for await (const { account } of pages((last: { account: string } | undefined) =>
    metadata.readGlobal((tx) => tx.all(accountsAfter, { after: last?.account ?? "", limit: PAGE_SIZE_MAX })),
  )) {
    yield rootOf(account as AccountId);
    for (const kind of ["user", "role"] as const) {
      const entities = pages((last: IamEntityRow | undefined) =>
        metadata.readGlobal((tx) =>
          listEntities(tx, account as AccountId, { kind, after: last?.name_folded, limit: PAGE_SIZE_MAX }),
        ),
      );
      for await (const entity of entities) yield principalOf(entity);
    }
  }
}

/** What a list has, page by page. */
async function* pages<Row>(read: (last: Row | undefined) => Promise<readonly Row[]>): AsyncGenerator<Row> {
  let last: Row | undefined;
  for (;;) {
    const page: readonly Row[] = await read(last);
    yield* page;
    last = page.at(-1);
    if (page.length < PAGE_SIZE_MAX) return;
  }
}
