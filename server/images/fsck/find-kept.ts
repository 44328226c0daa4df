import { setImmediate as nextTurn } from "node:timers/promises";
import { RegistryError } from "../../kernel/errors.ts";
import type { FsckDeps, Finding } from "../../layers/scrub/finding.ts";
import { query } from "../../platform/metadata/query.ts";
import { parseManifest } from "../manifest.ts";
import { isNonDistributable } from "../media-types.ts";
import { layersAmong } from "../rows.ts";

const PAGE_ROWS = 100;

const keptManifests = query<{ after: string; now_ms: number; limit: number }>()((db, p) =>
  db
    .selectFrom("deleted_manifests")
    .select(["deletion_id", "repository_id", "digest", "media_type", "body"])
    .where("deletion_id", ">", p.after)
    .where("restorable_until_ms", ">", p.now_ms)
    .orderBy("deletion_id")
    .limit(p.limit),
);

/** Deleted images that could still be brought back, if their layers were there. */
export async function* findKept({ metadata, clock, signal }: FsckDeps): AsyncGenerator<Finding> {
  for (let after = ""; ; ) {
    await nextTurn();
    signal.throwIfAborted();
    const { page, missing } = await metadata.readGlobal(async (tx) => {
      const rows = await tx.all(keptManifests, { after, now_ms: clock.now(), limit: PAGE_ROWS });
      const found: Finding[] = [];
      for (const { repository_id, digest, media_type, body } of rows) {
        const needed = layersOf(body, media_type);
        const digests = JSON.stringify(needed ?? []);
        const there = new Set((await tx.all(layersAmong, { repository: repository_id, digests })).map((it) => it.digest));
        const lacking = needed?.find((it) => !there.has(it));
        if (needed !== undefined && lacking === undefined) continue;
        const detail = lacking === undefined ? "Its manifest cannot be read." : `It needs the layer ${lacking}.`;
        found.push({ kind: "unrestorable-image", what: digest, repository_id, detail });
      }
      return { page: rows, missing: found };
    });
    yield* missing;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ROWS) return;
    after = last.deletion_id;
  }
}

/** The digests that a manifest needs, or undefined where it is none any more. */
function layersOf(body: Uint8Array, mediaType: string): readonly string[] | undefined {
  try {
    const { layers } = parseManifest(body, mediaType);
    return layers.filter((it) => !isNonDistributable(it.mediaType)).map((it) => it.digest);
  } catch (error) {
    if (error instanceof RegistryError) return undefined;
    throw error;
  }
}
