import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { sql } from "kysely";
import { algorithmOf, type Digest } from "../../kernel/names.ts";
import type { FsckDeps, Finding, RepairDeps } from "../../layers/scrub/finding.ts";
import { query } from "../../platform/metadata/query.ts";
import { setTagged, tagsOfManifest } from "../rows.ts";

const PAGE_ROWS = 100;

/** Manifests with what their tags say of them. */
const manifests = query<{ repository_id: number; digest: string; limit: number }>()((db, p) =>
  db
    .selectFrom("manifests")
    .select(["repository_id", "digest", "body", "tagged"])
    .select((it) =>
      it
        .selectFrom("tags")
        .select(sql<number>`1`.as("one"))
        .whereRef("tags.repository_id", "=", "manifests.repository_id")
        .whereRef("tags.manifest", "=", "manifests.digest")
        .limit(1)
        .as("has_tag"),
    )
    .where((it) => it(it.refTuple("repository_id", "digest"), ">", it.tuple(p.repository_id, p.digest)))
    .orderBy("repository_id")
    .orderBy("digest")
    .limit(p.limit),
);

/** Manifests whose bytes do not have their digest, and those that are listed as tagged and are not, or the other way round. */
export async function* findManifests({ metadata, signal }: FsckDeps): AsyncGenerator<Finding> {
  for (let [repository_id, digest] = [0, ""]; ; ) {
    await nextTurn();
    signal.throwIfAborted();
    const page = await metadata.readGlobal((tx) => tx.all(manifests, { repository_id, digest, limit: PAGE_ROWS }));
    for (const row of page) {
      const at = { what: row.digest, repository_id: row.repository_id };
      if (digestOf(row.body, row.digest as Digest) !== row.digest) yield { kind: "wrong-body", ...at };
      const isTagged = row.has_tag !== null;
      if ((row.tagged !== 0) === isTagged) continue;
      const detail = isTagged ? "It has a tag, and is listed as untagged." : "It has no tag, and is listed as tagged.";
      yield { kind: "wrong-tagged", ...at, detail, repair: (deps) => retag(deps, row.repository_id, row.digest) };
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ROWS) return;
    ({ repository_id, digest } = last);
  }
}

function digestOf(body: Uint8Array, digest: Digest): string {
  const algorithm = algorithmOf(digest);
  return `${algorithm}:${createHash(algorithm).update(body).digest("hex")}`;
}

async function retag({ metadata }: RepairDeps, repository: number, digest: string): Promise<boolean> {
  await metadata.writeGlobal(async (tx) => {
    const tag = await tx.first(tagsOfManifest, { repository, digest, limit: 1 });
    await tx.run(setTagged, { repository, digest, tagged: tag === undefined ? 0 : 1 });
  });
  return true;
}
