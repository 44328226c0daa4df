import { readTags } from "../images/read-tags.ts";
import type { Page } from "../kernel/page.ts";
import type { Metadata } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";
import type { ImageFacts } from "./evaluate.ts";

/** Images in one transaction, which ends earlier when they have very many tags. */
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
  for (let after: string | undefined = ""; after !== undefined; ) {
    const batch: Page<ImageFacts> = await readBatch(metadata, repository, after);
    yield batch.items;
    after = batch.next;
  }
}

function readBatch(metadata: Metadata, repository: number, after: string): Promise<Page<ImageFacts>> {
  return metadata.readGlobal(async (tx) => {
    const found = await tx.all(imagesAfter, { repository, after, limit: BATCH_ROWS });
    const tags = await readTags(
      tx,
      repository,
      found.map((it) => it.digest),
    );
    const rows = found.slice(0, tags.size);
    const last = rows.at(-1)?.digest ?? after;
    const children = Map.groupBy(await tx.all(childrenWithin, { repository, after, last }), (it) => it.manifest);
    const items = rows.map((it) => ({
      ...it,
      tags: tags.get(it.digest) ?? [],
      children: (children.get(it.digest) ?? []).map(({ child }) => child),
    }));
    return { items, next: rows.length < BATCH_ROWS && rows.length === found.length ? undefined : last };
  });
}
