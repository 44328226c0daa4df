import { type ExpressionBuilder, sql } from "kysely";
import { query } from "../../platform/metadata/query.ts";
import type { Schema } from "../../platform/metadata/schema.ts";

/** Where a walk over the layers is: at a layer, or before or behind all of them. */
export interface Place {
  readonly repository_id: number;
  readonly digest: string;
}

export const BEFORE_ALL: Place = { repository_id: 0, digest: "" };
export const BEHIND_ALL: Place = { repository_id: Number.MAX_SAFE_INTEGER, digest: "~" };

/** The layers behind one place, up to and with another, as they are now. */
export interface Stretch {
  readonly after_id: number;
  readonly after_digest: string;
  readonly end_id: number;
  readonly end_digest: string;
  readonly now_ms: number;
}

export function stretchOf(after: Place, end: Place, now_ms: number): Stretch {
  return { after_id: after.repository_id, after_digest: after.digest, end_id: end.repository_id, end_digest: end.digest, now_ms };
}

type Layers = ExpressionBuilder<Schema, "layers">;

/** Whether nobody needs a layer: no image of its repository, and nobody who was told that it is there. */
function isUnneeded(layer: Layers, now_ms: number) {
  return layer.and([
    layer("layers.leased_until_ms", "<", now_ms),
    // One look into the index for each layer, which PostgreSQL cannot turn into a join that reads everything.
    layer(
      layer
        .selectFrom("manifest_layers")
        .select("manifest")
        .whereRef("manifest_layers.repository_id", "=", "layers.repository_id")
        .whereRef("manifest_layers.layer", "=", "layers.digest")
        .limit(1),
      "is",
      null,
    ),
  ]);
}

function isWithin(layer: Layers, p: Stretch) {
  const key = layer.refTuple("layers.repository_id", "layers.digest");
  return layer.and([
    layer(key, ">", layer.tuple(p.after_id, p.after_digest)),
    layer(key, "<=", layer.tuple(p.end_id, p.end_digest)),
  ]);
}

/** The layer that is `skip` places behind the next one. */
export const placeBehind = query<Place & { skip: number }>()((db, p) =>
  db
    .selectFrom("layers")
    .select(["repository_id", "digest"])
    .where((layer) => layer(layer.refTuple("repository_id", "digest"), ">", layer.tuple(p.repository_id, p.digest)))
    .orderBy("repository_id")
    .orderBy("digest")
    .limit(1)
    .offset(p.skip),
);

export const anyUnneeded = query<Stretch>()((db, p) =>
  db
    .selectFrom("layers")
    .select("digest")
    .where((layer) => isWithin(layer, p))
    .where((layer) => isUnneeded(layer, p.now_ms))
    .limit(1),
);

/** Takes the unneeded layers of a stretch out of their repositories; whether they are is decided here. */
export const removeUnneeded = query<Stretch>()((db, p) =>
  db
    .deleteFrom("layers")
    .where((layer) => isWithin(layer, p))
    .where((layer) => isUnneeded(layer, p.now_ms))
    .returning(["repository_id", "digest", "size"]),
);

/**
 * What `removeUnneeded` would take away. `frees` is 1 for the last one to have a name for its bytes: the only one, or of several
 * that all are unneeded the first.
 */
export const unneededWithin = query<Stretch>()((db, p) =>
  db
    .selectFrom("layers")
    .select(["repository_id", "digest", "size"])
    .select(
      sql<number>`case when (select 1 from uploads where uploads.completing = layers.digest limit 1) is null
        and (select 1 from layers as same where same.digest = layers.digest
          and (same.repository_id < layers.repository_id or same.leased_until_ms >= ${p.now_ms}
            or (select 1 from manifest_layers where manifest_layers.repository_id = same.repository_id
              and manifest_layers.layer = same.digest limit 1) is not null)
          limit 1) is null then 1 else 0 end`.as("frees"),
    )
    .where((layer) => isWithin(layer, p))
    .where((layer) => isUnneeded(layer, p.now_ms))
    .orderBy("repository_id"),
);
