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

/** Those of them whose bytes have not been moved to the archive yet. */
export const layersNotMoved = query<{ repository_id: number; digest: string }>()((db, p) =>
  db
    .selectFrom("manifest_layers")
    .innerJoin("layers", (join) =>
      join
        .onRef("layers.repository_id", "=", "manifest_layers.repository_id")
        .onRef("layers.digest", "=", "manifest_layers.layer"),
    )
    .leftJoin("archived_blobs", "archived_blobs.digest", "layers.digest")
    .select(["layers.digest", "layers.size"])
    .where("manifest_layers.repository_id", "=", p.repository_id)
    .where("manifest_layers.manifest", "=", p.digest)
    .where("layers.damaged", "=", 0)
    .where("archived_blobs.moved_ms", "is", null),
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

export const archivedBlob = query<{ digest: string }>()((db, p) =>
  db.selectFrom("archived_blobs").selectAll().where("digest", "=", p.digest),
);

/** Of each, the first row of a query or null: a repository that needs it for an image that is not archived, and one that has it. */
export const archivedBlobsAfter = query<{ after: string; limit: number }>()((db, p) =>
  db
    .selectFrom("archived_blobs")
    .select("archived_blobs.digest")
    .select((it) => {
      const layers = it.selectFrom("layers").whereRef("layers.digest", "=", "archived_blobs.digest").limit(1);
      return [
        layers
          .select("layers.repository_id")
          .where((layer) => layer.exists(imageThatNeeds(layer, "<>")))
          .as("needed"),
        layers.select("layers.repository_id").as("named"),
      ];
    })
    .where("archived_blobs.digest", ">", p.after)
    .orderBy("archived_blobs.digest")
    .limit(p.limit),
);

/** Notes since when a blob is in the archive alone, or that it may be in the first store as well. */
export const setMoved = query<{ digest: string; moved_ms: number | null }>()((db, p) =>
  db.updateTable("archived_blobs").set({ moved_ms: p.moved_ms }).where("digest", "=", p.digest),
);

export const insertArchivedBlob = query<{ digest: string; size: number }>()((db, p) =>
  db
    .insertInto("archived_blobs")
    .values({ digest: p.digest, size: p.size, moved_ms: null })
    .onConflict((it) => it.doNothing()),
);

export const removeArchivedBlob = query<{ digest: string }>()((db, p) =>
  db.deleteFrom("archived_blobs").where("digest", "=", p.digest),
);

/**
 * An image of the layer's own repository that needs it, and is archived (`=`) or is not (`<>`). Its status is looked up for each of
 * them: joined, the engines go through all images of the repository for each layer.
 */
function imageThatNeeds(it: ExpressionBuilder<Schema, "layers">, archived: "=" | "<>") {
  return it
    .selectFrom("manifest_layers")
    .select("manifest_layers.manifest")
    .whereRef("manifest_layers.repository_id", "=", "layers.repository_id")
    .whereRef("manifest_layers.layer", "=", "layers.digest")
    .where(
      (image) =>
        image
          .selectFrom("manifests")
          .select("manifests.status")
          .whereRef("manifests.repository_id", "=", "manifest_layers.repository_id")
          .whereRef("manifests.digest", "=", "manifest_layers.manifest"),
      archived,
      "ARCHIVED",
    );
}
