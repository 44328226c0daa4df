import { inList } from "../platform/metadata/in-list.ts";
import { type Builder, query } from "../platform/metadata/query.ts";
import type { ManifestLayerRow, ManifestRow, TagRow } from "../platform/metadata/schema.ts";

/** The queries of this folder that more than one function needs. */

type InRepository = { repository: number };

export const manifestByDigest = query<InRepository & { digest: string }>()((db, p) =>
  db.selectFrom("manifests").selectAll().where("repository_id", "=", p.repository).where("digest", "=", p.digest),
);

export const manifestExists = query<InRepository & { digest: string }>()((db, p) =>
  db
    .selectFrom("manifests")
    .select(["digest", "media_type", "body_size", "status", "tagged"])
    .where("repository_id", "=", p.repository)
    .where("digest", "=", p.digest),
);

export const tagByName = query<InRepository & { tag: string }>()((db, p) =>
  db.selectFrom("tags").selectAll().where("repository_id", "=", p.repository).where("tag", "=", p.tag),
);

export const tagsOfManifest = query<InRepository & { digest: string; limit: number }>()((db, p) =>
  db
    .selectFrom("tags")
    .select("tag")
    .where("repository_id", "=", p.repository)
    .where("manifest", "=", p.digest)
    .orderBy("tag")
    .limit(p.limit),
);

/** The tags of a list of images (JSON), by image. */
export const tagsAmong = query<InRepository & { digests: string; limit: number }>()((db, p, dialect) =>
  selectTags(db, p).where("manifest", "in", inList(dialect, p.digests)),
);

/** The tags of all images from one to another: cheaper than those of a list, unless the images of the list lie far apart. */
export const tagsWithin = query<InRepository & { first: string; last: string; limit: number }>()((db, p) =>
  selectTags(db, p).where("manifest", ">=", p.first).where("manifest", "<=", p.last),
);

function selectTags(db: Builder, p: InRepository & { limit: number }) {
  return db
    .selectFrom("tags")
    .select(["manifest", "tag"])
    .where("repository_id", "=", p.repository)
    .orderBy("manifest")
    .orderBy("tag")
    .limit(p.limit);
}

/** When images of a list (JSON) were archived and restored, of those that ever were. */
export const transitionsAmong = query<InRepository & { digests: string }>()((db, p, dialect) =>
  selectTransitions(db, p).where("manifest", "in", inList(dialect, p.digests)),
);

/** The same of all images from one to another. */
export const transitionsWithin = query<InRepository & { first: string; last: string }>()((db, p) =>
  selectTransitions(db, p).where("manifest", ">=", p.first).where("manifest", "<=", p.last),
);

function selectTransitions(db: Builder, p: InRepository) {
  return db
    .selectFrom("storage_transitions")
    .select(["manifest", "archived_ms", "activated_ms"])
    .where("repository_id", "=", p.repository);
}

/** The layers of a list (JSON) that the repository has; damaged ones have to be pushed again. */
export const layersAmong = query<InRepository & { digests: string }>()((db, p, dialect) =>
  db
    .selectFrom("layers")
    .select(["digest", "size"])
    .where("repository_id", "=", p.repository)
    .where("damaged", "=", 0)
    .where("digest", "in", inList(dialect, p.digests)),
);

/** The manifests of a list (JSON) that the repository has. */
export const manifestsAmong = query<InRepository & { digests: string }>()((db, p, dialect) =>
  db
    .selectFrom("manifests")
    .select(["digest", "media_type", "body_size", "image_size", "status"])
    .where("repository_id", "=", p.repository)
    .where("digest", "in", inList(dialect, p.digests)),
);

/** How many of the indexes that hold an image a message names. */
export const PARENTS_NAMED_MAX = 10;

/** The indexes that have this child. */
export const parentsOf = query<InRepository & { digest: string; limit: number }>()((db, p) =>
  db
    .selectFrom("manifest_children")
    .select("manifest")
    .where("repository_id", "=", p.repository)
    .where("child", "=", p.digest)
    .orderBy("manifest")
    .limit(p.limit),
);

export const insertManifest = query<ManifestRow>()((db, p) =>
  db.insertInto("manifests").values({
    repository_id: p.repository_id,
    digest: p.digest,
    media_type: p.media_type,
    artifact_type: p.artifact_type,
    body: p.body,
    body_size: p.body_size,
    image_size: p.image_size,
    subject: p.subject,
    annotations: p.annotations,
    pushed_ms: p.pushed_ms,
    pulled_ms: p.pulled_ms,
    status: p.status,
    tagged: p.tagged,
  }),
);

export const insertManifestLayer = query<ManifestLayerRow>()((db, p) =>
  db
    .insertInto("manifest_layers")
    .values({ repository_id: p.repository_id, manifest: p.manifest, layer: p.layer, media_type: p.media_type })
    .onConflict((conflict) => conflict.doNothing()),
);

export const insertManifestChild = query<InRepository & { digest: string; child: string }>()((db, p) =>
  db
    .insertInto("manifest_children")
    .values({ repository_id: p.repository, manifest: p.digest, child: p.child })
    .onConflict((conflict) => conflict.doNothing()),
);

export const upsertTag = query<TagRow>()((db, p) =>
  db
    .insertInto("tags")
    .values({ repository_id: p.repository_id, tag: p.tag, manifest: p.manifest, moved_ms: p.moved_ms })
    .onConflict((conflict) =>
      conflict.columns(["repository_id", "tag"]).doUpdateSet({ manifest: p.manifest, moved_ms: p.moved_ms }),
    ),
);

export const setTagged = query<InRepository & { digest: string; tagged: number }>()((db, p) =>
  db.updateTable("manifests").set({ tagged: p.tagged }).where("repository_id", "=", p.repository).where("digest", "=", p.digest),
);

export const deleteTagRow = query<InRepository & { tag: string }>()((db, p) =>
  db.deleteFrom("tags").where("repository_id", "=", p.repository).where("tag", "=", p.tag),
);

/** By their names: SQLite would look at every tag of the repository for them otherwise. */
export const deleteTagsOfManifest = query<InRepository & { digest: string }>()((db, p) =>
  db
    .deleteFrom("tags")
    .where("repository_id", "=", p.repository)
    .where("tag", "in", (from) =>
      from.selectFrom("tags").select("tag").where("repository_id", "=", p.repository).where("manifest", "=", p.digest),
    ),
);

export const deleteManifestRow = query<InRepository & { digest: string }>()((db, p) =>
  db.deleteFrom("manifests").where("repository_id", "=", p.repository).where("digest", "=", p.digest),
);

export const deleteTransition = query<InRepository & { digest: string }>()((db, p) =>
  db.deleteFrom("storage_transitions").where("repository_id", "=", p.repository).where("manifest", "=", p.digest),
);

export const deleteManifestLayers = query<InRepository & { digest: string }>()((db, p) =>
  db.deleteFrom("manifest_layers").where("repository_id", "=", p.repository).where("manifest", "=", p.digest),
);

export const deleteManifestChildren = query<InRepository & { digest: string }>()((db, p) =>
  db.deleteFrom("manifest_children").where("repository_id", "=", p.repository).where("manifest", "=", p.digest),
);
