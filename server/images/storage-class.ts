import { moveLayersJob } from "../layers/jobs.ts";
import type { Writer } from "../platform/metadata/metadata.ts";
import { inList } from "../platform/metadata/in-list.ts";
import { type Builder, type Dialect, query } from "../platform/metadata/query.ts";
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
  selectLivingParents(db, p)
    .select("manifest_children.manifest as digest")
    .where("manifest_children.child", "=", p.digest)
    .limit(1),
);

/** Those of a list that such an index holds. */
const heldAmong = query<Among>()((db, p, dialect) =>
  selectLivingParents(db, p).select("child").distinct().where("manifest_children.child", "in", inList(dialect, p.digests)),
);

function selectLivingParents(db: Builder, p: { repository: number }) {
  return db
    .selectFrom("manifest_children")
    .where("manifest_children.repository_id", "=", p.repository)
    .where(
      // Joined, the engines go through all images of the repository.
      (it) =>
        it
          .selectFrom("manifests")
          .select("manifests.status")
          .whereRef("manifests.repository_id", "=", "manifest_children.repository_id")
          .whereRef("manifests.digest", "=", "manifest_children.manifest"),
      "<>",
      "ARCHIVED",
    );
}

type Transition = Among & { now_ms: number };

const setArchivedTimes = query<Transition>()((db, p, dialect) => setTimes(db, p, dialect, "archived_ms"));
const setActivatedTimes = query<Transition>()((db, p, dialect) => setTimes(db, p, dialect, "activated_ms"));

function setTimes(db: Builder, p: Transition, dialect: Dialect, column: "archived_ms" | "activated_ms") {
  return db
    .insertInto("storage_transitions")
    .columns(["repository_id", "manifest", column])
    .expression((from) =>
      from
        .selectFrom("manifests")
        .select((it) => ["repository_id", "digest", it.val(p.now_ms).as("now_ms")])
        .where("repository_id", "=", p.repository)
        .where("digest", "in", inList(dialect, p.digests)),
    )
    .onConflict((it) => it.columns(["repository_id", "manifest"]).doUpdateSet({ [column]: p.now_ms }));
}

/** Those of a list that are on their way back, but for an index with a child that has to come before it. */
const activatingAmong = query<Among>()((db, p, dialect) =>
  db
    .selectFrom("manifests")
    .select("digest")
    .where("repository_id", "=", p.repository)
    .where("status", "=", "ACTIVATING")
    .where("digest", "in", inList(dialect, p.digests))
    .where((it) =>
      it.not(
        it.exists(
          it
            .selectFrom("manifest_children")
            .innerJoin("manifests as children", (join) =>
              join
                .onRef("children.repository_id", "=", "manifest_children.repository_id")
                .onRef("children.digest", "=", "manifest_children.child"),
            )
            .select("children.digest")
            .whereRef("manifest_children.repository_id", "=", "manifests.repository_id")
            .whereRef("manifest_children.manifest", "=", "manifests.digest")
            .where("children.status", "=", "ACTIVATING")
            .where("children.digest", "not in", inList(dialect, p.digests)),
        ),
      ),
    ),
);

/** Images of a repository that are on their way back from the archive, in the order of their digests. */
export const activatingImages = query<{ repository: number; after: string; limit: number }>()((db, p) =>
  db
    .selectFrom("manifests")
    .select("digest")
    .where("repository_id", "=", p.repository)
    .where("status", "=", "ACTIVATING")
    .where("digest", ">", p.after)
    .orderBy("digest")
    .limit(p.limit),
);

type Tx = Omit<Writer, "registry">;
interface Image {
  readonly repository: number;
  readonly digest: string;
}

/**
 * Puts an image into the archive, and what is nothing without it: its referrers, and an index's children that have no tag of
 * their own; but nothing that another index holds. ECR: referrers go with their subject. (user guide, archiving an image)
 */
export async function archiveImage(tx: Tx, image: Image, now_ms: number): Promise<void> {
  // Also what is still on its way back with an image that has arrived.
  await move(tx, image, { from: ["ACTIVE", "ACTIVATING"], to: "ARCHIVED", now_ms });
  await tx.enqueue(moveLayersJob);
}

/** Puts images into the archive and nothing along with them: for whoever knows what else goes. */
export async function archiveAlone(tx: Tx, repository: number, digests: readonly string[], now_ms: number): Promise<void> {
  await setStatus(tx, repository, digests, { to: "ARCHIVED", now_ms });
  await tx.enqueue(moveLayersJob);
}

/** Takes an image out of the archive, with its referrers and all that an index needs: at once, or to be ACTIVATING until `activateImages`. */
export async function restoreImage(tx: Tx, image: Image, to: "ACTIVATING" | "ACTIVE", now_ms: number): Promise<void> {
  await move(tx, image, { from: to === "ACTIVE" ? ["ARCHIVED", "ACTIVATING"] : ["ARCHIVED"], to, now_ms });
  if (to === "ACTIVE") await tx.enqueue(moveLayersJob);
}

/** Ends the restoring of those images of a list that are still on their way back, each index with or after its children. Returns how many. */
export async function activateImages(
  tx: Tx,
  { repository, digests }: { readonly repository: number; readonly digests: readonly string[] },
  now_ms: number,
): Promise<number> {
  const left = await tx.all(activatingAmong, { repository, digests: JSON.stringify(digests) });
  await setStatus(
    tx,
    repository,
    left.map((it) => it.digest),
    { to: "ACTIVE", now_ms },
  );
  // What has come home need not be in the archive as well.
  if (left.length > 0) await tx.enqueue(moveLayersJob);
  return left.length;
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
    const own = to === "ARCHIVED" ? children.filter((it) => it.tagged === 0) : children;
    const along = new Set([...referrers, ...own].map((it) => it.digest));
    if (to === "ARCHIVED") {
      const held = await tx.all(heldAmong, { repository, digests: JSON.stringify([...along]) });
      for (const { child } of held) along.delete(child);
    }
    digests = [...along];
  }
}

async function setStatus(
  tx: Tx,
  repository: number,
  digests: readonly string[],
  { to, now_ms }: Omit<Move, "from">,
): Promise<void> {
  const among = { repository, digests: JSON.stringify(digests) };
  await tx.run(setStatusAmong, { ...among, status: to });
  if (to === "ACTIVATING") return;
  await tx.run(to === "ARCHIVED" ? setArchivedTimes : setActivatedTimes, { ...among, now_ms });
}
