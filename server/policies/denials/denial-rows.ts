import type { DenialRow } from "../../platform/metadata/iam-schema.ts";
import { query } from "../../platform/metadata/query.ts";

export const insertDenial = query<DenialRow>()((db, p) =>
  db
    .insertInto("denials")
    .values({
      request_id: p.request_id,
      account: p.account,
      resource_account: p.resource_account,
      denied_ms: p.denied_ms,
      report: p.report,
    })
    .onConflict((it) => it.column("request_id").doNothing()),
);

export const denialById = query<{ request_id: string }>()((db, p) =>
  db.selectFrom("denials").selectAll().where("request_id", "=", p.request_id),
);

/** The same for an account whose principals or resources had part in it. */
export const denialOf = query<{ request_id: string; reader: string }>()((db, p) =>
  db
    .selectFrom("denials")
    .selectAll()
    .where("request_id", "=", p.request_id)
    .where((it) => it.or([it("account", "=", p.reader), it("resource_account", "=", p.reader)])),
);

export const newestDenials = query<{ since_ms: number; limit: number }>()((db, p) =>
  db
    .selectFrom("denials")
    .select("report")
    .where("denied_ms", ">=", p.since_ms)
    .orderBy("denied_ms", "desc")
    .orderBy("request_id")
    .limit(p.limit),
);

/** When the denial behind so many newer ones of an account was. */
export const denialBehind = query<{ account: string; newer: number }>()((db, p) =>
  db
    .selectFrom("denials")
    .select("denied_ms")
    .where("account", "=", p.account)
    .orderBy("denied_ms", "desc")
    .limit(1)
    .offset(p.newer),
);

export const deleteDenialsUpTo = query<{ account: string; denied_ms: number }>()((db, p) =>
  db.deleteFrom("denials").where("account", "=", p.account).where("denied_ms", "<=", p.denied_ms),
);

export const deleteDenialsBefore = query<{ before_ms: number }>()((db, p) =>
  db.deleteFrom("denials").where("denied_ms", "<", p.before_ms),
);
