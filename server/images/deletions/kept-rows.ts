import { query } from "../../platform/metadata/query.ts";

/** The queries by which what was deleted comes back. */

/** The times of an image that changed its storage class; null in both columns of most. */
const TRANSITION_COLUMNS = ["archived_ms", "activated_ms"] as const;
const MANIFEST_COLUMNS = [
  "repository_id",
  "digest",
  "media_type",
  "artifact_type",
  "body",
  "body_size",
  "image_size",
  "subject",
  "annotations",
  "pushed_ms",
  "pulled_ms",
  "status",
] as const;

export const deletionById = query<{ account: string; region: string; id: string }>()((db, p) =>
  db.selectFrom("deletions").selectAll().where("id", "=", p.id).where("account", "=", p.account).where("region", "=", p.region),
);

/** The latest deletion that took a tag. */
export const latestDeletionOfTag = query<{ repository: number; tag: string }>()((db, p) =>
  db
    .selectFrom("deleted_tags")
    .innerJoin("deletions", "deletions.id", "deleted_tags.deletion_id")
    .selectAll("deletions")
    .where("deleted_tags.repository_id", "=", p.repository)
    .where("deleted_tags.tag", "=", p.tag)
    .orderBy("deleted_tags.deletion_id", "desc")
    .limit(1),
);

/** The latest deletion that took a tag from this image. By the image: a tag may have been moved a hundred thousand times. */
export const latestDeletionOfTagged = query<{
  account: string;
  region: string;
  repository: number;
  tag: string;
  digest: string;
}>()((db, p) =>
  db
    .selectFrom("deletions")
    .innerJoin("deleted_tags", "deleted_tags.deletion_id", "deletions.id")
    .selectAll("deletions")
    .where("account", "=", p.account)
    .where("region", "=", p.region)
    .where("digest", "=", p.digest)
    .where("deletions.repository_id", "=", p.repository)
    .where("tag", "=", p.tag)
    .orderBy("id", "desc")
    .limit(1),
);

/** The latest deletion of an image that is kept. */
export const latestKept = query<{ repository: number; digest: string; now_ms: number }>()((db, p) =>
  db
    .selectFrom("deleted_manifests")
    .select(["deletion_id", "digest", "media_type", "body", "body_size", "status"])
    .where("repository_id", "=", p.repository)
    .where("digest", "=", p.digest)
    .where("restorable_until_ms", ">", p.now_ms)
    .orderBy("deletion_id", "desc")
    .limit(1),
);

/** Keeps an image as it is, with the times that it changed its storage class. */
export const keepManifest = query<{ id: string; repository: number; digest: string; until_ms: number }>()((db, p) =>
  db
    .insertInto("deleted_manifests")
    .columns(["deletion_id", "restorable_until_ms", ...MANIFEST_COLUMNS, ...TRANSITION_COLUMNS])
    .expression((from) =>
      from
        .selectFrom("manifests")
        .leftJoin("storage_transitions", (join) =>
          join
            .onRef("storage_transitions.repository_id", "=", "manifests.repository_id")
            .onRef("storage_transitions.manifest", "=", "manifests.digest"),
        )
        .select((it) => [it.val(p.id).as("deletion_id"), it.val(p.until_ms).as("restorable_until_ms")])
        .select(MANIFEST_COLUMNS.map((it) => `manifests.${it}` as const))
        .select(TRANSITION_COLUMNS)
        .where("manifests.repository_id", "=", p.repository)
        .where("manifests.digest", "=", p.digest),
    ),
);

/** Puts an image that was kept where it was, without a tag. */
export const bringManifestBack = query<{ id: string }>()((db, p) =>
  db
    .insertInto("manifests")
    .columns([...MANIFEST_COLUMNS, "tagged"])
    .expression((from) =>
      from
        .selectFrom("deleted_manifests")
        .select(MANIFEST_COLUMNS)
        .select((it) => it.lit(0).as("tagged"))
        .where("deletion_id", "=", p.id),
    ),
);

export const bringTransitionBack = query<{ id: string }>()((db, p) =>
  db
    .insertInto("storage_transitions")
    .columns(["repository_id", "manifest", ...TRANSITION_COLUMNS])
    .expression((from) =>
      from
        .selectFrom("deleted_manifests")
        .select(["repository_id", "digest as manifest", ...TRANSITION_COLUMNS])
        .where("deletion_id", "=", p.id)
        .where((it) => it.or(TRANSITION_COLUMNS.map((column) => it(column, "is not", null)))),
    ),
);

export const forgetManifest = query<{ id: string }>()((db, p) =>
  db.deleteFrom("deleted_manifests").where("deletion_id", "=", p.id),
);

/** The tags that a deletion took, each with the digest of the image that it names now. */
export const deletedTagsNow = query<{ id: string; limit: number }>()((db, p) =>
  db
    .selectFrom("deleted_tags")
    .leftJoin("tags", (join) =>
      join.onRef("tags.repository_id", "=", "deleted_tags.repository_id").onRef("tags.tag", "=", "deleted_tags.tag"),
    )
    .select(["deleted_tags.tag", "tags.manifest"])
    .where("deletion_id", "=", p.id)
    .orderBy("deleted_tags.tag")
    .limit(p.limit),
);

/** Points the tags that a deletion took, and that name nothing now, at an image; so many at most. */
export const bringFreeTagsBack = query<{ id: string; digest: string; now_ms: number; limit: number }>()((db, p) =>
  db
    .insertInto("tags")
    .columns(["repository_id", "tag", "manifest", "moved_ms"])
    .expression((from) =>
      from
        .selectFrom("deleted_tags")
        .select((it) => ["repository_id", "tag", it.val(p.digest).as("manifest"), it.val(p.now_ms).as("moved_ms")])
        .where("deletion_id", "=", p.id)
        .where((it) =>
          it.not(
            it.exists(
              it
                .selectFrom("tags as others")
                .select("others.tag")
                .whereRef("others.repository_id", "=", "deleted_tags.repository_id")
                .whereRef("others.tag", "=", "deleted_tags.tag"),
            ),
          ),
        )
        .orderBy("tag")
        .limit(p.limit),
    ),
);
