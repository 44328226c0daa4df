import type { Metadata } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";
import type { ImageFacts } from "./evaluate.ts";

/** Images in one transaction: an image may have a thousand tags. */
const BATCH_ROWS = 250;

type Range = { repository: number; after: string; last: string };

const imagesAfter = query<{ repository: number; after: string; limit: number }>()((db, p) =>
  db
    .selectFrom("manifests")
    .leftJoin("storage_transitions", (join) =>
      join
        .onRef("storage_transitions.repository_id", "=", "manifests.repository_id")
        .onRef("storage_transitions.manifest", "=", "manifests.digest"),
    )
    .select(["digest", "subject", "pushed_ms", "pulled_ms", "status", "archived_ms", "activated_ms"])
    .where("manifests.repository_id", "=", p.repository)
    .where("digest", ">", p.after)
    .orderBy("digest")
    .limit(p.limit),
);

const tagsWithin = query<Range>()((db, p) =>
  db
    .selectFrom("tags")
    .select(["manifest", "tag"])
    .where("repository_id", "=", p.repository)
    .where("manifest", ">", p.after)
    .where("manifest", "<=", p.last),
);

const childrenWithin = query<Range>()((db, p) =>
  db
    .selectFrom("manifest_children")
    .select(["manifest", "child"])
    .where("repository_id", "=", p.repository)
    .where("manifest", ">", p.after)
    .where("manifest", "<=", p.last),
);

/**
 * All images of a repository, in batches that are each true for one moment. What is pushed or deleted meanwhile may be
 * missing or still there.
 */
export async function* readImages(metadata: Metadata, repository: number): AsyncGenerator<readonly ImageFacts[]> {
  for (let after = ""; ; ) {
    const batch = await readBatch(metadata, repository, after);
    yield batch;
    if (batch.length < BATCH_ROWS) return;
    after = batch.at(-1)?.digest ?? "";
  }
}

function readBatch(metadata: Metadata, repository: number, after: string): Promise<readonly ImageFacts[]> {
  return metadata.readGlobal(async (tx) => {
    const rows = await tx.all(imagesAfter, { repository, after, limit: BATCH_ROWS });
    const range = { repository, after, last: rows.at(-1)?.digest ?? after };
    const tags = Map.groupBy(await tx.all(tagsWithin, range), (it) => it.manifest);
    const children = Map.groupBy(await tx.all(childrenWithin, range), (it) => it.manifest);
    return rows.map((it) => ({
      ...it,
      tags: (tags.get(it.digest) ?? []).map(({ tag }) => tag),
      children: (children.get(it.digest) ?? []).map(({ child }) => child),
    }));
  });
}
