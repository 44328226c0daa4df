import { type RawBuilder, sql, type SqlBool } from "kysely";
import type { Digest } from "../../kernel/names.ts";
import { inList } from "../../platform/metadata/in-list.ts";
import type { Reader, Writer } from "../../platform/metadata/metadata.ts";
import { type Dialect, query } from "../../platform/metadata/query.ts";

type GlobalReader = Omit<Reader, "registry">;
type GlobalWriter = Omit<Writer, "registry">;

/** A collector's right to delete bytes, as it stands in the rows. */
export interface Mark {
  /** Names the collector. */
  readonly collector: string;
  /** It deletes nothing from then on. */
  readonly until_ms: number;
}

/** A digest whose bytes are being deleted; no row when they are not. */
export const deletingBlob = query<{ digest: string }>()((db, p) =>
  db.selectFrom("deleting_blobs").select("until_ms").where("digest", "=", p.digest),
);

/** Forgets that bytes were being deleted, when whoever began that has run out of time. */
export const forgetOverdue = query<{ digest: string; now_ms: number }>()((db, p) =>
  db.deleteFrom("deleting_blobs").where("digest", "=", p.digest).where("until_ms", "<=", p.now_ms),
);

/** Digests whose bytes somebody was deleting, and ran out of time. */
export const overdueBlobs = query<{ now_ms: number; limit: number }>()((db, p) =>
  db.selectFrom("deleting_blobs").select("digest").where("until_ms", "<=", p.now_ms).orderBy("digest").limit(p.limit),
);

/** Forgets that bytes were being deleted by a collector. */
const forgetMarks = query<{ digests: string; collector: string }>()((db, p, dialect) =>
  db.deleteFrom("deleting_blobs").where("collector", "=", p.collector).where("digest", "in", inList(dialect, p.digests)),
);

const forgetOverdueNamed = query<{ digests: string; now_ms: number }>()((db, p, dialect) =>
  db
    .deleteFrom("deleting_blobs")
    .where("until_ms", "<=", p.now_ms)
    .where("digest", "in", inList(dialect, p.digests))
    .where((it) => it.not(isUnnamed("deleting_blobs.digest"))),
);

const takeOverdue = query<{ digests: string; now_ms: number } & Mark>()((db, p, dialect) =>
  db
    .updateTable("deleting_blobs")
    .set({ collector: p.collector, until_ms: p.until_ms })
    .where("until_ms", "<=", p.now_ms)
    .where("digest", "in", inList(dialect, p.digests))
    .returning("digest"),
);

const unnamedAmong = query<{ digests: string }>()((db, p, dialect) =>
  db.selectFrom(rowsOf(dialect, p.digests).as("listed")).select("listed.value as digest").where(isUnnamed("listed.value")),
);

const insertMarks = query<{ digests: string } & Mark>()((db, p, dialect) =>
  db
    .insertInto("deleting_blobs")
    .columns(["digest", "collector", "until_ms"])
    .expression((from) =>
      from
        .selectFrom(rowsOf(dialect, p.digests).as("listed"))
        .select((it) => [
          "listed.value as digest",
          it.val(p.collector).as("collector"),
          it.cast<number>(it.val(p.until_ms), "bigint").as("until_ms"),
        ])
        .where(isUnnamed("listed.value")),
    )
    .onConflict((it) => it.doNothing())
    .returning("digest"),
);

const insertMark = query<{ digest: string } & Mark>()((db, p) =>
  db
    .insertInto("deleting_blobs")
    .values({ digest: p.digest, collector: p.collector, until_ms: p.until_ms })
    .onConflict((it) => it.doNothing()),
);

/** The texts of a list (JSON) as rows, with the column `value`. */
function rowsOf(dialect: Dialect, json: string): RawBuilder<{ value: string }> {
  return dialect === "sqlite" ? sql`json_each(${json})` : sql`json_array_elements_text(${json}::json)`;
}

/**
 * Whether bytes have no name: no layer of any repository, and no upload that is about to become them. One look into each
 * index for each digest, which PostgreSQL cannot turn into a join that reads everything.
 */
function isUnnamed(digest: string): RawBuilder<SqlBool> {
  const column = sql.ref(digest);
  return sql<SqlBool>`((select 1 from layers where layers.digest = ${column} limit 1) is null
    and (select 1 from uploads where uploads.completing = ${column} limit 1) is null)`;
}

/** Whether bytes are being deleted. To be asked by the transaction that names them: a later deletion sees the name. */
export async function isBeingDeleted(tx: GlobalReader, digest: Digest): Promise<boolean> {
  return (await tx.first(deletingBlob, { digest })) !== undefined;
}

/** Those digests that nothing names. */
export async function findUnnamed(tx: GlobalReader, digests: readonly Digest[]): Promise<readonly Digest[]> {
  return digestsOf(await tx.all(unnamedAmong, { digests: JSON.stringify(digests) }));
}

/** Marks bytes as being deleted, those that nothing names and nobody else deletes. Returns which. */
export async function markUnnamed(tx: GlobalWriter, digests: readonly Digest[], mark: Mark): Promise<readonly Digest[]> {
  if (digests.length === 0) return [];
  return digestsOf(await tx.all(insertMarks, { ...mark, digests: JSON.stringify(digests) }));
}

/** Marks bytes as being deleted that may have a name, for who knows that they are elsewhere too. Returns false where somebody else deletes them. */
export async function markNamed(tx: GlobalWriter, digest: Digest, mark: Mark, now_ms: number): Promise<boolean> {
  await tx.run(forgetOverdue, { digest, now_ms });
  return (await tx.run(insertMark, { digest, ...mark })) > 0;
}

/**
 * Takes over the marks of those who have run out of time. What has got a name since is left alone, and its mark forgotten.
 * Returns which bytes are to be deleted.
 */
export async function takeOverMarks(
  tx: GlobalWriter,
  digests: readonly Digest[],
  mark: Mark & { readonly now_ms: number },
): Promise<readonly Digest[]> {
  const listed = { ...mark, digests: JSON.stringify(digests) };
  await tx.run(forgetOverdueNamed, listed);
  return digestsOf(await tx.all(takeOverdue, listed));
}

/** Ends a collector's own marks, whether the bytes have gone or stay. */
export async function removeMarks(tx: GlobalWriter, digests: readonly Digest[], { collector }: Mark): Promise<void> {
  await tx.run(forgetMarks, { collector, digests: JSON.stringify(digests) });
}

function digestsOf(rows: readonly { readonly digest: string }[]): readonly Digest[] {
  return rows.map((it) => it.digest as Digest);
}
