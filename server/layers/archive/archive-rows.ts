import { type ExpressionBuilder, sql } from "kysely";
import { query } from "../../platform/metadata/query.ts";
import type { Schema } from "../../platform/metadata/schema.ts";

/** Archived images of all repositories, in the order of their keys. */
export const archivedImagesAfter = query<{ repository_id: number; digest: string; limit: number }>()((db, p) =>
  db
    .selectFrom("storage_transitions")
    .innerJoin("manifests", (join) =>
      join
        .onRef("manifests.repository_id", "=", "storage_transitions.repository_id")
        .onRef("manifests.digest", "=", "storage_transitions.manifest"),
    )
    .select(["manifests.repository_id", "manifests.digest"])
    .where(sql<boolean>`(storage_transitions.repository_id, storage_transitions.manifest) > (${p.repository_id}, ${p.digest})`)
    .where("manifests.status", "=", "ARCHIVED")
    .orderBy("storage_transitions.repository_id")
    .orderBy("storage_transitions.manifest")
    .limit(p.limit),
);

/** The layers that an image needs and its repository has, without those that are known to be damaged. */
export const layersOfImage = query<{ repository_id: number; digest: string }>()((db, p) =>
  db
    .selectFrom("manifest_layers")
    .innerJoin("layers", (join) =>
      join
        .onRef("layers.repository_id", "=", "manifest_layers.repository_id")
        .onRef("layers.digest", "=", "manifest_layers.layer"),
    )
    .select(["layers.digest", "layers.size"])
    .where("manifest_layers.repository_id", "=", p.repository_id)
    .where("manifest_layers.manifest", "=", p.digest)
    .where("layers.damaged", "=", 0),
);

/** A repository that has the blob as a layer for any other reason than archived images. */
export const repositoryThatKeeps = query<{ digest: string }>()((db, p) =>
  db
    .selectFrom("layers")
    .select("layers.repository_id")
    .where("layers.digest", "=", p.digest)
    .where((it) => it.or([it.exists(imageThatNeeds(it, "<>")), it.not(it.exists(imageThatNeeds(it, "=")))]))
    .limit(1),
);

/** A repository that has the blob as a layer of an image that is not archived. */
export const repositoryThatNeeds = query<{ digest: string }>()((db, p) =>
  db
    .selectFrom("layers")
    .select("layers.repository_id")
    .where("layers.digest", "=", p.digest)
    .where((it) => it.exists(imageThatNeeds(it, "<>")))
    .limit(1),
);

/** An upload that is about to become the blob. */
export const uploadThatBecomes = query<{ digest: string }>()((db, p) =>
  db.selectFrom("uploads").select("id").where("completing", "=", p.digest).limit(1),
);

/** A layer of this digest, in any repository. */
export const anyLayer = query<{ digest: string }>()((db, p) =>
  db.selectFrom("layers").select("repository_id").where("digest", "=", p.digest).limit(1),
);

export const archivedBlob = query<{ digest: string }>()((db, p) =>
  db.selectFrom("archived_blobs").selectAll().where("digest", "=", p.digest),
);

export const archivedBlobsAfter = query<{ after: string; limit: number }>()((db, p) =>
  db.selectFrom("archived_blobs").select("digest").where("digest", ">", p.after).orderBy("digest").limit(p.limit),
);

export const upsertArchivedBlob = query<{ digest: string; size: number; moved_ms: number | null }>()((db, p) =>
  db
    .insertInto("archived_blobs")
    .values({ digest: p.digest, size: p.size, moved_ms: p.moved_ms })
    .onConflict((it) => it.column("digest").doUpdateSet((row) => ({ moved_ms: row.ref("excluded.moved_ms") }))),
);

export const removeArchivedBlob = query<{ digest: string }>()((db, p) =>
  db.deleteFrom("archived_blobs").where("digest", "=", p.digest),
);

/** An image of the layer's own repository that needs it, and is archived (`=`) or is not (`<>`). */
function imageThatNeeds(it: ExpressionBuilder<Schema, "layers">, archived: "=" | "<>") {
  return it
    .selectFrom("manifest_layers")
    .innerJoin("manifests", (join) =>
      join
        .onRef("manifests.repository_id", "=", "manifest_layers.repository_id")
        .onRef("manifests.digest", "=", "manifest_layers.manifest"),
    )
    .select("manifests.digest")
    .whereRef("manifest_layers.repository_id", "=", "layers.repository_id")
    .whereRef("manifest_layers.layer", "=", "layers.digest")
    .where("manifests.status", archived, "ARCHIVED");
}
