import type { Call } from "../kernel/call.ts";
import { RegistryError } from "../kernel/errors.ts";
import { LAYER_LEASE_S } from "../kernel/limits.ts";
import type { Digest, RepositoryName } from "../kernel/names.ts";
import type { Reader, Writer } from "../platform/metadata/metadata.ts";
import { greaterOf, query } from "../platform/metadata/query.ts";
import type { LayerRow } from "../platform/metadata/schema.ts";

/** Names a layer: the repository that it is a member of, and its digest. */
export interface LayerKey {
  readonly name: RepositoryName;
  readonly digest: Digest;
}

/** Membership: the layer of this digest in this repository. One whose bytes are damaged is as good as absent. */
export const layerByDigest = query<{ repository_id: number; digest: string }>()((db, p) =>
  db
    .selectFrom("layers")
    .selectAll()
    .where("repository_id", "=", p.repository_id)
    .where("digest", "=", p.digest)
    .where("damaged", "=", 0),
);

/** The media type by which a manifest of the repository needs a layer; no row when none does. */
export const needOfLayer = query<{ repository_id: number; digest: string }>()((db, p) =>
  db
    .selectFrom("manifest_layers")
    .select("media_type")
    .where("repository_id", "=", p.repository_id)
    .where("layer", "=", p.digest)
    .orderBy("manifest")
    .limit(1),
);

/** An image that needs a layer, and is or is not ACTIVE. Looked up one by one: joined, the engines go through all images of the repository. */
const imageThatNeeds = query<{ repository_id: number; digest: string; archived: number }>()((db, p) =>
  db
    .selectFrom("manifest_layers")
    .select("manifest_layers.manifest")
    .where("manifest_layers.repository_id", "=", p.repository_id)
    .where("manifest_layers.layer", "=", p.digest)
    .where(
      (it) =>
        it
          .selectFrom("manifests")
          .select((of) => of.case().when("manifests.status", "=", "ACTIVE").then(0).else(1).end().as("archived"))
          .whereRef("manifests.repository_id", "=", "manifest_layers.repository_id")
          .whereRef("manifests.digest", "=", "manifest_layers.manifest"),
      "=",
      p.archived,
    )
    .limit(1),
);

/** Whether a layer is needed by archived images and by no other. */
export async function isLayerArchived(tx: Reader, layer: { repository_id: number; digest: string }): Promise<boolean> {
  if ((await tx.first(imageThatNeeds, { ...layer, archived: 0 })) !== undefined) return false;
  return (await tx.first(imageThatNeeds, { ...layer, archived: 1 })) !== undefined;
}

const upsertLayer = query<Omit<LayerRow, "damaged">>()((db, p) =>
  db
    .insertInto("layers")
    .values({
      repository_id: p.repository_id,
      digest: p.digest,
      size: p.size,
      created_ms: p.created_ms,
      leased_until_ms: p.leased_until_ms,
      damaged: 0,
    })
    .onConflict((it) =>
      it.columns(["repository_id", "digest"]).doUpdateSet({
        // Never shorter than it is: an image that can be brought back may need the layer for longer.
        leased_until_ms: greaterOf("layers.leased_until_ms", p.leased_until_ms),
      }),
    ),
);

export const removeLayer = query<{ repository_id: number; digest: string }>()((db, p) =>
  db.deleteFrom("layers").where("repository_id", "=", p.repository_id).where("digest", "=", p.digest),
);

/** Makes a layer a member of a repository, with a lease: no image needs it yet, and it is not to be collected before one can. */
export async function addLayer(
  tx: Pick<Writer, "run">,
  layer: { readonly repository_id: number; readonly digest: Digest; readonly size: number },
  now_ms: number,
): Promise<void> {
  await tx.run(upsertLayer, { ...layer, created_ms: now_ms, leased_until_ms: now_ms + LAYER_LEASE_S * 1000 });
}

export function layerNotFound(call: Call, { name, digest }: LayerKey): RegistryError {
  return new RegistryError(
    "LayerNotFoundException",
    `The layer with digest '${digest}' does not exist in the repository with name '${name}' in the registry with id '${call.registry.account}'`,
  );
}
