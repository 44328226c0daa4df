import { digestsInUse } from "../images/in-use/in-use-rows.ts";
import { readTags } from "../images/read-tags.ts";
import type { Page } from "../kernel/page.ts";
import { inList } from "../platform/metadata/in-list.ts";
import type { Metadata, Reader } from "../platform/metadata/metadata.ts";
import { type Builder, query } from "../platform/metadata/query.ts";
import { readLocks } from "../repositories/locks.ts";
import type { ImageFacts } from "./evaluate.ts";

/** Images in one transaction, which ends earlier when they have very many tags. */
const BATCH_ROWS = 250;

const imagesAfter = query<{ repository: number; after: string; limit: number }>()((db, p) =>
  selectImages(db, p).where("digest", ">", p.after).orderBy("digest").limit(p.limit),
);

const imagesAmong = query<{ repository: number; digests: string }>()((db, p, dialect) =>
  selectImages(db, p).where("digest", "in", inList(dialect, p.digests)).orderBy("digest"),
);

function selectImages(db: Builder, p: { repository: number }) {
  return db
    .selectFrom("manifests")
    .leftJoin("storage_transitions", (join) =>
      join
        .onRef("storage_transitions.repository_id", "=", "manifests.repository_id")
        .onRef("storage_transitions.manifest", "=", "manifests.digest"),
    )
    .select(["digest", "subject", "pushed_ms", "pulled_ms", "status", "archived_ms", "activated_ms"])
    .where("manifests.repository_id", "=", p.repository);
}

const childrenWithin = query<{ repository: number; first: string; last: string }>()((db, p) =>
  db
    .selectFrom("manifest_children")
    .select(["manifest", "child"])
    .where("repository_id", "=", p.repository)
    .where("manifest", ">=", p.first)
    .where("manifest", "<=", p.last),
);

/**
 * All images of a repository, in batches that are each true for one moment. What is pushed or deleted meanwhile may be
 * missing or still there. One is in use that was seen after `usedAfter_ms`.
 */
export async function* readImages(
  metadata: Metadata,
  repository: number,
  usedAfter_ms: number,
): AsyncGenerator<readonly ImageFacts[]> {
  for (let after: string | undefined = ""; after !== undefined; ) {
    const batch: Page<ImageFacts> = await readBatch(metadata, repository, after, usedAfter_ms);
    yield batch.items;
    after = batch.next;
  }
}

function readBatch(metadata: Metadata, repository: number, after: string, usedAfter_ms: number): Promise<Page<ImageFacts>> {
  return metadata.readGlobal(async (tx) => {
    const found = await tx.all(imagesAfter, { repository, after, limit: BATCH_ROWS });
    const items = await complete(tx, repository, found, usedAfter_ms);
    const next = items.length < BATCH_ROWS && items.length === found.length ? undefined : items.at(-1)?.digest;
    return { items, next };
  });
}

/** What is known now of some images; those that are gone are left out. They should be few, and not have very many tags. */
export async function readImagesAmong(
  tx: Pick<Reader, "all" | "first">,
  repository: number,
  digests: readonly string[],
  usedAfter_ms: number,
): Promise<readonly ImageFacts[]> {
  const facts: ImageFacts[] = [];
  let found = await tx.all(imagesAmong, { repository, digests: JSON.stringify(digests) });
  while (found.length > 0) {
    const read = await complete(tx, repository, found, usedAfter_ms);
    facts.push(...read);
    found = found.slice(read.length);
  }
  return facts;
}

type Found = Omit<ImageFacts, "tags" | "children" | "lock" | "used_ms">;

/** Adds what other tables know of images, in order of their digests; of the first ones, when they have too many tags for one batch. */
async function complete(
  tx: Pick<Reader, "all" | "first">,
  repository: number,
  found: readonly Found[],
  usedAfter_ms: number,
): Promise<readonly ImageFacts[]> {
  const digests = found.map((it) => it.digest);
  const tags = await readTags(tx, repository, digests);
  const rows = found.slice(0, tags.size);
  const [first, last] = [rows.at(0)?.digest ?? "", rows.at(-1)?.digest ?? ""];
  const children = Map.groupBy(await tx.all(childrenWithin, { repository, first, last }), (it) => it.manifest);
  const locks = await readLocks(tx, repository);
  const used = await digestsInUse(tx, repository, digests, usedAfter_ms);
  return rows.map((it) => {
    const own = tags.get(it.digest) ?? [];
    return {
      ...it,
      tags: own,
      children: (children.get(it.digest) ?? []).map(({ child }) => child),
      lock: locks.holderOf({ digest: it.digest, tags: own }) ?? null,
      used_ms: used.get(it.digest) ?? null,
    };
  });
}
