import { setImmediate as nextTurn } from "node:timers/promises";
import type { FsckDeps, Finding, RepairDeps } from "../../layers/scrub/finding.ts";
import type { Digest } from "../../kernel/names.ts";
import { addLayer } from "../../layers/layer-rows.ts";
import { checkBlob } from "../../layers/scrub/check-blob.ts";
import { type Query, query } from "../../platform/metadata/query.ts";
import { isNonDistributable } from "../media-types.ts";

const PAGE_ROWS = 500;

/** Where a page begins: behind this row. */
interface Place {
  readonly repository_id: number;
  readonly manifest: string;
  readonly part: string;
}

/** A row that points from a manifest, or from a tag, to something; `found` and `owner` are null where that is not there. */
interface Part extends Place {
  readonly found: string | null;
  readonly owner: string | null;
  readonly media_type?: string;
}

type Parts = Query<Place & { readonly limit: number }, Part>;

const layers: Parts = query<Place & { readonly limit: number }>()((db, p) =>
  db
    .selectFrom("manifest_layers as part")
    .leftJoin("layers", (on) =>
      on.onRef("layers.repository_id", "=", "part.repository_id").onRef("layers.digest", "=", "part.layer"),
    )
    .leftJoin("manifests", (on) =>
      on.onRef("manifests.repository_id", "=", "part.repository_id").onRef("manifests.digest", "=", "part.manifest"),
    )
    .select(["part.repository_id", "part.manifest", "part.layer as part", "part.media_type"])
    .select(["layers.digest as found", "manifests.digest as owner"])
    .where((it) =>
      it(it.refTuple("part.repository_id", "part.manifest", "part.layer"), ">", it.tuple(p.repository_id, p.manifest, p.part)),
    )
    .orderBy("part.repository_id")
    .orderBy("part.manifest")
    .orderBy("part.layer")
    .limit(p.limit),
);

const children: Parts = query<Place & { readonly limit: number }>()((db, p) =>
  db
    .selectFrom("manifest_children as part")
    .leftJoin("manifests as child", (on) =>
      on.onRef("child.repository_id", "=", "part.repository_id").onRef("child.digest", "=", "part.child"),
    )
    .leftJoin("manifests", (on) =>
      on.onRef("manifests.repository_id", "=", "part.repository_id").onRef("manifests.digest", "=", "part.manifest"),
    )
    .select(["part.repository_id", "part.manifest", "part.child as part"])
    .select(["child.digest as found", "manifests.digest as owner"])
    .where((it) =>
      it(it.refTuple("part.repository_id", "part.manifest", "part.child"), ">", it.tuple(p.repository_id, p.manifest, p.part)),
    )
    .orderBy("part.repository_id")
    .orderBy("part.manifest")
    .orderBy("part.child")
    .limit(p.limit),
);

const tags = query<{ repository_id: number; tag: string; limit: number }>()((db, p) =>
  db
    .selectFrom("tags")
    .leftJoin("manifests", (on) =>
      on.onRef("manifests.repository_id", "=", "tags.repository_id").onRef("manifests.digest", "=", "tags.manifest"),
    )
    .select(["tags.repository_id", "tags.tag", "tags.manifest", "manifests.digest as found"])
    .where((it) => it(it.refTuple("tags.repository_id", "tags.tag"), ">", it.tuple(p.repository_id, p.tag)))
    .orderBy("tags.repository_id")
    .orderBy("tags.tag")
    .limit(p.limit),
);

const manifest = query<{ repository_id: number; digest: string }>()((db, p) =>
  db.selectFrom("manifests").select("digest").where("repository_id", "=", p.repository_id).where("digest", "=", p.digest),
);

const DELETES = {
  layers: query<{ repository_id: number; digest: string }>()((db, p) =>
    db.deleteFrom("manifest_layers").where("repository_id", "=", p.repository_id).where("manifest", "=", p.digest),
  ),
  children: query<{ repository_id: number; digest: string }>()((db, p) =>
    db.deleteFrom("manifest_children").where("repository_id", "=", p.repository_id).where("manifest", "=", p.digest),
  ),
};

/** Manifests without what they are made of, and parts of manifests that are not there. */
export async function* findParts(deps: FsckDeps): AsyncGenerator<Finding> {
  for await (const row of pagesOf(deps, layers)) {
    const at = { repository_id: row.repository_id, detail: `of the image ${row.manifest}` };
    if (row.owner === null) yield { kind: "stray-part", what: row.part, ...at, repair: (it) => removeParts(it, row) };
    else if (row.found === null && !isNonDistributable(row.media_type ?? "")) {
      yield { kind: "missing-layer", what: row.part, ...at, repair: (it) => putLayerBack(it, row) };
    }
  }
  for await (const row of pagesOf(deps, children)) {
    const at = { repository_id: row.repository_id, detail: `of the index ${row.manifest}` };
    if (row.owner === null) yield { kind: "stray-part", what: row.part, ...at, repair: (it) => removeParts(it, row) };
    else if (row.found === null) yield { kind: "missing-child", what: row.part, ...at };
  }
}

/** Tags that lead nowhere. */
export async function* findTags({ metadata, signal }: FsckDeps): AsyncGenerator<Finding> {
  for (let [repository_id, tag] = [0, ""]; ; ) {
    await nextTurn();
    signal.throwIfAborted();
    const page = await metadata.readGlobal((tx) => tx.all(tags, { repository_id, tag, limit: PAGE_ROWS }));
    for (const row of page) {
      if (row.found !== null) continue;
      yield { kind: "stray-tag", what: row.tag, repository_id: row.repository_id, detail: `of the image ${row.manifest}` };
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ROWS) return;
    ({ repository_id, tag } = last);
  }
}

async function* pagesOf({ metadata, signal }: FsckDeps, parts: Parts): AsyncGenerator<Part> {
  for (let at: Place = { repository_id: 0, manifest: "", part: "" }; ; ) {
    await nextTurn();
    signal.throwIfAborted();
    const page = await metadata.readGlobal((tx) => tx.all(parts, { ...at, limit: PAGE_ROWS }));
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ROWS) return;
    at = last;
  }
}

/** Nobody can reach the parts of a manifest that is not there, and they would keep their layers for ever. */
async function removeParts({ metadata }: RepairDeps, { repository_id, manifest: digest }: Part): Promise<boolean> {
  return metadata.writeGlobal(async (tx) => {
    if ((await tx.first(manifest, { repository_id, digest })) !== undefined) return false;
    for (const remove of Object.values(DELETES)) await tx.run(remove, { repository_id, digest });
    return true;
  });
}

/** The manifest could only be pushed because the repository had the layer: where its bytes are sound, it has it again. */
async function putLayerBack(deps: RepairDeps, { repository_id, manifest: owner, part }: Part): Promise<boolean> {
  const digest = part as Digest;
  const size = await deps.blobs.size(digest);
  if (size === undefined || (await checkBlob(deps, digest, deps)) !== "sound") return false;
  return deps.metadata.writeGlobal(async (tx) => {
    if ((await tx.first(manifest, { repository_id, digest: owner })) === undefined) return false;
    await addLayer(tx, { repository_id, digest, size }, deps.clock.now());
    return true;
  });
}
