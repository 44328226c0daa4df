import { inList } from "../../platform/metadata/in-list.ts";
import type { Reader, Writer } from "../../platform/metadata/metadata.ts";
import { type Builder, type Dialect, query } from "../../platform/metadata/query.ts";
import type { ImageInUseRow } from "../../platform/metadata/space-schema.ts";

/** When images of a list (JSON) were last seen running, they themselves or what an index of them lists, at any depth. */
const seenAmong = query<{ repository: number; digests: string; after_ms: number }>()((db, p, dialect) =>
  within(db, p, dialect)
    .selectFrom("within")
    .innerJoin("images_in_use", "images_in_use.digest", "within.digest")
    .select("within.image")
    .select((it) => it.fn.max("images_in_use.seen_ms").as("seen_ms"))
    .where("images_in_use.repository_id", "=", p.repository)
    .where("images_in_use.seen_ms", ">", p.after_ms)
    .groupBy("within.image"),
);

/** Rows (image, digest) of all that images of a list hold, and of themselves. */
function within(db: Builder, p: { repository: number; digests: string }, dialect: Dialect) {
  return db.withRecursive("within(image, digest)", (it) =>
    it
      .selectFrom("manifests")
      .select(["manifests.digest as image", "manifests.digest as digest"])
      .where("repository_id", "=", p.repository)
      .where("digest", "in", inList(dialect, p.digests))
      .union(
        it
          .selectFrom("within")
          .innerJoin("manifest_children", "manifest_children.manifest", "within.digest")
          .select(["within.image", "manifest_children.child as digest"])
          .where("manifest_children.repository_id", "=", p.repository),
      ),
  );
}

/**
 * Of these images of a repository the ones that a cluster has reported after `after_ms`, with the latest time. An index is in
 * use with whatever it lists: a container reports the one or the other.
 */
export async function digestsInUse(
  tx: Pick<Reader, "all">,
  repository: number,
  digests: readonly string[],
  after_ms: number,
): Promise<ReadonlyMap<string, number>> {
  const rows = await tx.all(seenAmong, { repository, digests: JSON.stringify(digests), after_ms });
  return new Map(rows.map((it) => [it.image, it.seen_ms]));
}

const upsertSeen = query<ImageInUseRow>()((db, p) =>
  db
    .insertInto("images_in_use")
    .values({ repository_id: p.repository_id, digest: p.digest, cluster: p.cluster, seen_ms: p.seen_ms })
    .onConflict((it) =>
      it
        .columns(["repository_id", "digest", "cluster"])
        .doUpdateSet({ seen_ms: p.seen_ms })
        .where("images_in_use.seen_ms", "<", p.seen_ms),
    ),
);

/** Writes down that a cluster runs an image. Two clusters may say so at once, and a time never goes back. */
export async function recordSeen(tx: Writer, row: ImageInUseRow): Promise<void> {
  await tx.run(upsertSeen, row);
}
