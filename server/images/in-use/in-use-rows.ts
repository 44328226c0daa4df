import { IMAGE_CLUSTERS_MAX } from "../../kernel/limits.ts";
import { type QuotaDeps, quotaOf } from "../../kernel/quotas.ts";
import { listedTable } from "../../platform/metadata/in-list.ts";
import type { Reader, Writer } from "../../platform/metadata/metadata.ts";
import { type Builder, type Dialect, query } from "../../platform/metadata/query.ts";
import type { ImageInUseRow } from "../../platform/metadata/space-schema.ts";

/** When an image was last seen running, and in how many clusters it is in use now. */
export interface Use {
  readonly seen_ms: number;
  readonly clusters: number;
}

/** From when on what was seen counts as in use. */
export function inUseAfter(deps: QuotaDeps, now_ms: number): number {
  return now_ms - quotaOf(deps, "inUseWindow_s") * 1000;
}

const anySeen = query<{ repository: number }>()((db, p) =>
  db.selectFrom("images_in_use").select("digest").where("repository_id", "=", p.repository).limit(1),
);

/** The uses of images of a list (JSON): of themselves, and of what an index of them lists, at any depth. */
const usesAmong = query<{ repository: number; digests: string; after_ms: number }>()((db, p, dialect) =>
  within(db, p, dialect)
    .selectFrom("within")
    .innerJoin("images_in_use", "images_in_use.digest", "within.digest")
    .select("within.image")
    .select((it) => it.fn.max("images_in_use.seen_ms").as("seen_ms"))
    .select((it) =>
      it.fn
        .count<number>("images_in_use.cluster")
        .distinct()
        .filterWhere("images_in_use.seen_ms", ">", p.after_ms)
        .as("clusters"),
    )
    .where("images_in_use.repository_id", "=", p.repository)
    .groupBy("within.image"),
);

/** Rows (image, digest) of all that images of a list hold, and of themselves. */
function within(db: Builder, p: { repository: number; digests: string }, dialect: Dialect) {
  return db.withRecursive("within(image, digest)", (it) =>
    it
      .selectFrom(listedTable(dialect, p.digests))
      .select(["listed.value as image", "listed.value as digest"])
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
 * Of these images of a repository those that clusters have reported, as far as that is remembered; `after_ms` says from when on
 * that counts as in use. An index is used with whatever it lists: a container reports the one or the other.
 */
export async function readUses(
  tx: Pick<Reader, "all" | "first">,
  repository: number,
  digests: readonly string[],
  after_ms: number,
): Promise<ReadonlyMap<string, Use>> {
  // Most repositories have none, and then their images need not be looked at.
  if ((await tx.first(anySeen, { repository })) === undefined) return new Map();
  const rows = await tx.all(usesAmong, { repository, digests: JSON.stringify(digests), after_ms });
  return new Map(rows.map(({ image, ...use }) => [image, use]));
}

/** The images that are in use, having been seen after `after_ms` (`inUseAfter`), with the time when each last was. */
export async function digestsInUse(
  tx: Pick<Reader, "all" | "first">,
  repository: number,
  digests: readonly string[],
  after_ms: number,
): Promise<ReadonlyMap<string, number>> {
  const uses = await readUses(tx, repository, digests, after_ms);
  return new Map([...uses].flatMap(([digest, { seen_ms }]) => (seen_ms > after_ms ? [[digest, seen_ms] as const] : [])));
}

const seenAgain = query<ImageInUseRow>()((db, p) =>
  db
    .updateTable("images_in_use")
    .set({ seen_ms: p.seen_ms })
    .where("repository_id", "=", p.repository_id)
    .where("digest", "=", p.digest)
    .where("cluster", "=", p.cluster)
    .where("seen_ms", "<=", p.seen_ms),
);

const insertSeen = query<ImageInUseRow>()((db, p) =>
  db
    .insertInto("images_in_use")
    .values({ repository_id: p.repository_id, digest: p.digest, cluster: p.cluster, seen_ms: p.seen_ms })
    .onConflict((it) => it.doNothing()),
);

/** One of the clusters that an image was seen in, behind so many others. */
const clusterBehind = query<{ repository_id: number; digest: string; others: number }>()((db, p) =>
  db
    .selectFrom("images_in_use")
    .select("cluster")
    .where("repository_id", "=", p.repository_id)
    .where("digest", "=", p.digest)
    .limit(1)
    .offset(p.others),
);

const deleteOldest = query<{ repository_id: number; digest: string }>()((db, p) =>
  db
    .deleteFrom("images_in_use")
    .where("repository_id", "=", p.repository_id)
    .where("digest", "=", p.digest)
    .where("cluster", "=", (it) =>
      it
        .selectFrom("images_in_use")
        .select("cluster")
        .where("repository_id", "=", p.repository_id)
        .where("digest", "=", p.digest)
        .orderBy("seen_ms")
        .orderBy("cluster")
        .limit(1),
    ),
);

/** Writes down that a cluster runs an image. A time never goes back. An image in very many clusters forgets the one that is silent longest. */
export async function recordSeen(tx: Writer, row: ImageInUseRow): Promise<void> {
  if ((await tx.run(seenAgain, row)) > 0) return;
  const { repository_id, digest } = row;
  const others = IMAGE_CLUSTERS_MAX - 1;
  if ((await tx.first(clusterBehind, { repository_id, digest, others })) !== undefined)
    await tx.run(deleteOldest, { repository_id, digest });
  await tx.run(insertSeen, row);
}
