import type { Writer } from "../platform/metadata/metadata.ts";
import { inList } from "../platform/metadata/in-list.ts";
import { query } from "../platform/metadata/query.ts";
import type { ImageStatus } from "./image-filter.ts";

interface Among {
  readonly repository: number;
  /** JSON: digests. */
  readonly digests: string;
}

const setStatusAmong = query<Among & { status: string }>()((db, p, dialect) =>
  db
    .updateTable("manifests")
    .set({ status: p.status })
    .where("repository_id", "=", p.repository)
    .where("digest", "in", inList(dialect, p.digests)),
);

const childrenWithStatus = query<Among & { statuses: string }>()((db, p, dialect) =>
  db
    .selectFrom("manifest_children")
    .innerJoin("manifests", (join) =>
      join.onRef("manifests.repository_id", "=", "manifest_children.repository_id").onRef("manifests.digest", "=", "child"),
    )
    .select(["manifests.digest", "manifests.tagged"])
    .where("manifest_children.repository_id", "=", p.repository)
    .where("manifest_children.manifest", "in", inList(dialect, p.digests))
    .where("manifests.status", "in", inList(dialect, p.statuses)),
);

const referrersWithStatus = query<Among & { statuses: string }>()((db, p, dialect) =>
  db
    .selectFrom("manifests")
    .select("digest")
    .where("repository_id", "=", p.repository)
    .where("subject", "in", inList(dialect, p.digests))
    .where("status", "in", inList(dialect, p.statuses)),
);

/** An index that holds the image and is not archived itself. */
export const livingParentOf = query<{ repository: number; digest: string }>()((db, p) =>
  db
    .selectFrom("manifest_children")
    .innerJoin("manifests", (join) =>
      join
        .onRef("manifests.repository_id", "=", "manifest_children.repository_id")
        .onRef("manifests.digest", "=", "manifest_children.manifest"),
    )
    .select("manifests.digest")
    .where("manifest_children.repository_id", "=", p.repository)
    .where("manifest_children.child", "=", p.digest)
    .where("manifests.status", "<>", "ARCHIVED")
    .limit(1),
);

interface Transition {
  readonly repository: number;
  readonly digest: string;
  readonly now_ms: number;
}

const setArchivedTime = query<Transition>()((db, p) =>
  db
    .insertInto("storage_transitions")
    .values({ repository_id: p.repository, manifest: p.digest, archived_ms: p.now_ms, activated_ms: null })
    .onConflict((it) => it.columns(["repository_id", "manifest"]).doUpdateSet({ archived_ms: p.now_ms })),
);

const setActivatedTime = query<Transition>()((db, p) =>
  db
    .insertInto("storage_transitions")
    .values({ repository_id: p.repository, manifest: p.digest, archived_ms: null, activated_ms: p.now_ms })
    .onConflict((it) => it.columns(["repository_id", "manifest"]).doUpdateSet({ activated_ms: p.now_ms })),
);

const activating = query<{ repository: number; limit: number }>()((db, p) =>
  db
    .selectFrom("manifests")
    .select("digest")
    .where("repository_id", "=", p.repository)
    .where("status", "=", "ACTIVATING")
    .limit(p.limit),
);

type Tx = Omit<Writer, "registry">;
interface Image {
  readonly repository: number;
  readonly digest: string;
}

/**
 * Puts an image into the archive, and what is nothing without it: its referrers, and an index's children that have no tag of
 * their own and that no other index holds. ECR: referrers go with their subject. (user guide, archiving an image)
 */
export async function archiveImage(tx: Tx, image: Image, now_ms: number): Promise<void> {
  // Also what is still on its way back with an image that has arrived.
  await move(tx, image, { from: ["ACTIVE", "ACTIVATING"], to: "ARCHIVED", now_ms });
}

/** Takes an image out of the archive, with its referrers and all that an index needs: at once, or to be ACTIVATING until `activateImages`. */
export async function restoreImage(tx: Tx, image: Image, to: "ACTIVATING" | "ACTIVE", now_ms: number): Promise<void> {
  await move(tx, image, { from: to === "ACTIVE" ? ["ARCHIVED", "ACTIVATING"] : ["ARCHIVED"], to, now_ms });
}

/** Ends the restoring of up to `limit` images of a repository. Returns how many they were. */
export async function activateImages(tx: Tx, repository: number, limit: number, now_ms: number): Promise<number> {
  const digests = (await tx.all(activating, { repository, limit })).map((it) => it.digest);
  await setStatus(tx, repository, digests, { to: "ACTIVE", now_ms });
  return digests.length;
}

interface Move {
  readonly from: readonly ImageStatus[];
  readonly to: ImageStatus;
  readonly now_ms: number;
}

async function move(tx: Tx, { repository, digest }: Image, { from, to, now_ms }: Move): Promise<void> {
  const statuses = JSON.stringify(from);
  let digests: readonly string[] = [digest];
  // Each round ends with fewer images that can still be moved, so there is a last one.
  while (digests.length > 0) {
    await setStatus(tx, repository, digests, { to, now_ms });
    const of = { repository, digests: JSON.stringify(digests), statuses };
    const referrers = await tx.all(referrersWithStatus, of);
    const children = await tx.all(childrenWithStatus, of);
    const next = new Set(referrers.map((it) => it.digest));
    for (const child of children) {
      if (to !== "ARCHIVED" || (child.tagged === 0 && !(await isHeld(tx, repository, child.digest)))) next.add(child.digest);
    }
    digests = [...next];
  }
}

async function isHeld(tx: Tx, repository: number, digest: string): Promise<boolean> {
  return (await tx.first(livingParentOf, { repository, digest })) !== undefined;
}

async function setStatus(
  tx: Tx,
  repository: number,
  digests: readonly string[],
  { to, now_ms }: Omit<Move, "from">,
): Promise<void> {
  await tx.run(setStatusAmong, { repository, digests: JSON.stringify(digests), status: to });
  if (to === "ACTIVATING") return;
  const setTime = to === "ARCHIVED" ? setArchivedTime : setActivatedTime;
  for (const digest of digests) await tx.run(setTime, { repository, digest, now_ms });
}
