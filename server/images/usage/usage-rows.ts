import type { ExpressionBuilder } from "kysely";
import { inList } from "../../platform/metadata/in-list.ts";
import { query } from "../../platform/metadata/query.ts";
import type { Schema } from "../../platform/metadata/schema.ts";

/** Rows of a repository in the order of their key. All of these are read in small batches: there may be millions. */
interface Batch {
  readonly repository: number;
  readonly after: string;
  readonly limit: number;
}

/** The registry in which a layer that several repositories have is stored once. */
interface InRegistry {
  readonly account: string;
  readonly region: string;
}

export const imagesAfter = query<Batch>()((db, p) =>
  db
    .selectFrom("manifests")
    .select(["digest", "body_size"])
    .where("repository_id", "=", p.repository)
    .where("digest", ">", p.after)
    .orderBy("digest")
    .limit(p.limit),
);

export const countTagsAfter = query<Batch>()((db, p) =>
  db
    .selectFrom(
      db
        .selectFrom("tags")
        .select("tag")
        .where("repository_id", "=", p.repository)
        .where("tag", ">", p.after)
        .orderBy("tag")
        .limit(p.limit)
        .as("batch"),
    )
    .select((it) => [it.fn.countAll<number>().as("count"), it.fn.max<string | null>("batch.tag").as("last")]),
);

/**
 * Layers of a repository that is there: whether an image needs each, whether its bytes are in the archive, whether another repository
 * of the registry has it, and one whose name comes before.
 */
export const layersAfter = query<Batch & InRegistry & { name: string }>()((db, p) =>
  db
    .selectFrom("layers")
    .select(["layers.digest", "layers.size", "layers.leased_until_ms"])
    .select((it) => [
      imageWith(it).as("needed"),
      archived(it).as("archived"),
      repositoryWith(it, p).where("layers_there.repository_id", "<>", p.repository).as("shared"),
      repositoryWith(it, p).where("repositories.name", "<", p.name).as("counted"),
    ])
    .where("layers.repository_id", "=", p.repository)
    .where("layers.digest", ">", p.after)
    .orderBy("layers.digest")
    .limit(p.limit),
);

/** The same of one that was deleted and can be brought back: a repository that is there comes before it, and so does an older one. */
export const deletedLayersAfter = query<Batch & InRegistry>()((db, p) =>
  db
    .selectFrom("layers")
    .select(["layers.digest", "layers.size", "layers.leased_until_ms"])
    .select((it) => [
      archived(it).as("archived"),
      repositoryWith(it, p).as("there"),
      deletedRepositoryWith(it, p).where("layers_there.repository_id", "<>", p.repository).as("shared"),
      deletedRepositoryWith(it, p).where("layers_there.repository_id", "<", p.repository).as("counted"),
    ])
    .where("layers.repository_id", "=", p.repository)
    .where("layers.digest", ">", p.after)
    .orderBy("layers.digest")
    .limit(p.limit),
);

export const repositoriesAfter = query<InRegistry & { after: string; limit: number }>()((db, p) =>
  db
    .selectFrom("repositories")
    .select(["id", "name"])
    .where("account", "=", p.account)
    .where("region", "=", p.region)
    .where("name", ">", p.after)
    .orderBy("name")
    .limit(p.limit),
);

export const deletedRepositoriesAfter = query<InRegistry & { name: string; id: number; limit: number }>()((db, p) =>
  db
    .selectFrom("deleted_repositories")
    .select(["id", "name", "restorable_until_ms"])
    .where("account", "=", p.account)
    .where("region", "=", p.region)
    .where((it) => it.or([it("name", ">", p.name), it.and([it("name", "=", p.name), it("id", ">", p.id)])]))
    .orderBy("name")
    .orderBy("id")
    .limit(p.limit),
);

/**
 * Layers of one image of a list (JSON) that may all be deleted together: whether an image beside it needs each, one of the list that
 * comes before it, one that is not on the list, and another repository of the registry.
 */
export const layersOfImageAfter = query<Batch & InRegistry & { manifest: string; listed: string }>()((db, p, dialect) =>
  db
    .selectFrom("manifest_layers")
    .innerJoin("layers", (join) =>
      join
        .onRef("layers.repository_id", "=", "manifest_layers.repository_id")
        .onRef("layers.digest", "=", "manifest_layers.layer"),
    )
    .select(["layers.digest", "layers.size"])
    .select((it) => {
      const listed = inList(dialect, p.listed);
      const earlier = imageWith(it).where("images.manifest", "<", p.manifest).where("images.manifest", "in", listed);
      return [
        imageWith(it).where("images.manifest", "<>", p.manifest).as("shared"),
        earlier.as("counted"),
        imageWith(it).where("images.manifest", "not in", listed).as("kept"),
        repositoryWith(it, p).where("layers_there.repository_id", "<>", p.repository).as("elsewhere"),
      ];
    })
    .where("manifest_layers.repository_id", "=", p.repository)
    .where("manifest_layers.manifest", "=", p.manifest)
    .where("manifest_layers.layer", ">", p.after)
    .orderBy("manifest_layers.layer")
    .limit(p.limit),
);

/*
 * What is asked of each layer is the first row of a query, or null, and not `exists`: PostgreSQL may answer many of those by reading
 * all rows there are.
 */

type OfLayer = ExpressionBuilder<Schema, "layers">;

/** An image of the layer's own repository that needs it. */
function imageWith(it: OfLayer) {
  return it
    .selectFrom("manifest_layers as images")
    .select("images.manifest")
    .whereRef("images.repository_id", "=", "layers.repository_id")
    .whereRef("images.layer", "=", "layers.digest")
    .limit(1);
}

function archived(it: OfLayer) {
  return it
    .selectFrom("archived_blobs")
    .select("archived_blobs.digest")
    .whereRef("archived_blobs.digest", "=", "layers.digest")
    .where("archived_blobs.moved_ms", "is not", null)
    .limit(1);
}

/** A repository of the registry that has the layer. */
function repositoryWith(it: OfLayer, p: InRegistry) {
  return it
    .selectFrom("layers as layers_there")
    .innerJoin("repositories", "repositories.id", "layers_there.repository_id")
    .select("repositories.id")
    .whereRef("layers_there.digest", "=", "layers.digest")
    .where("repositories.account", "=", p.account)
    .where("repositories.region", "=", p.region)
    .limit(1);
}

/** One that was deleted and can be brought back. */
function deletedRepositoryWith(it: OfLayer, p: InRegistry) {
  return it
    .selectFrom("layers as layers_there")
    .innerJoin("deleted_repositories", "deleted_repositories.id", "layers_there.repository_id")
    .select("deleted_repositories.id")
    .whereRef("layers_there.digest", "=", "layers.digest")
    .where("deleted_repositories.account", "=", p.account)
    .where("deleted_repositories.region", "=", p.region)
    .limit(1);
}
