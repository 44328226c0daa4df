import { digestsInUse } from "../images/in-use/in-use-rows.ts";
import { readTags, readTagsWithin, type TagsByImage } from "../images/read-tags.ts";
import { transitionsAmong, transitionsWithin } from "../images/rows.ts";
import type { Page } from "../kernel/page.ts";
import { inList } from "../platform/metadata/in-list.ts";
import type { Metadata, Reader } from "../platform/metadata/metadata.ts";
import { type Builder, query } from "../platform/metadata/query.ts";
import type { ManifestChildRow, StorageTransitionRow } from "../platform/metadata/schema.ts";
import { readLocks } from "../repositories/locks.ts";
import type { ImageFacts } from "./evaluate.ts";

/** Images in one transaction, which ends earlier when they have very many tags. */
const BATCH_ROWS = 250;

type InRepository = { repository: number };

const imagesAfter = query<InRepository & { after: string; limit: number }>()((db, p) =>
  selectImages(db, p).where("digest", ">", p.after).limit(p.limit),
);

const imagesAmong = query<InRepository & { digests: string }>()((db, p, dialect) =>
  selectImages(db, p).where("digest", "in", inList(dialect, p.digests)),
);

/** The index manifests_by_facts has all of this, so that SQLite need not look for each image where the manifests lie. */
function selectImages(db: Builder, p: InRepository) {
  return db
    .selectFrom("manifests")
    .select(["digest", "subject", "pushed_ms", "pulled_ms", "status"])
    .where("repository_id", "=", p.repository)
    .orderBy("digest");
}

const childrenWithin = query<InRepository & { first: string; last: string }>()((db, p) =>
  selectChildren(db, p).where("manifest", ">=", p.first).where("manifest", "<=", p.last),
);

const childrenAmong = query<InRepository & { digests: string }>()((db, p, dialect) =>
  selectChildren(db, p).where("manifest", "in", inList(dialect, p.digests)),
);

function selectChildren(db: Builder, p: InRepository) {
  return db.selectFrom("manifest_children").select(["manifest", "child"]).where("repository_id", "=", p.repository);
}

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
    const batch: Page<ImageFacts> = await readBatch(metadata, { repository, usedAfter_ms }, after);
    yield batch.items;
    after = batch.next;
  }
}

function readBatch(metadata: Metadata, which: Which, after: string): Promise<Page<ImageFacts>> {
  const { repository } = which;
  return metadata.readGlobal(async (tx) => {
    const found = await tx.all(imagesAfter, { repository, after, limit: BATCH_ROWS });
    const tags = await readTagsWithin(tx, repository, digestsOf(found));
    const images = found.slice(0, tags.size);
    const range = { repository, first: images.at(0)?.digest ?? "", last: images.at(-1)?.digest ?? "" };
    const children = await tx.all(childrenWithin, range);
    const transitions = await tx.all(transitionsWithin, range);
    const items = await complete(tx, which, { images, tags, children, transitions });
    const next = found.length < BATCH_ROWS && items.length === found.length ? undefined : items.at(-1)?.digest;
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
    const tags = await readTags(tx, repository, digestsOf(found));
    const images = found.slice(0, tags.size);
    const listed = { repository, digests: JSON.stringify(digestsOf(images)) };
    const children = await tx.all(childrenAmong, listed);
    const transitions = await tx.all(transitionsAmong, listed);
    facts.push(...(await complete(tx, { repository, usedAfter_ms }, { images, tags, children, transitions })));
    found = found.slice(images.length);
  }
  return facts;
}

interface Which {
  readonly repository: number;
  readonly usedAfter_ms: number;
}

type Found = Pick<ImageFacts, "digest" | "subject" | "pushed_ms" | "pulled_ms" | "status">;

/** What the tables know of images, each in its rows. */
interface Rows {
  readonly images: readonly Found[];
  readonly tags: TagsByImage;
  readonly children: readonly Pick<ManifestChildRow, "manifest" | "child">[];
  readonly transitions: readonly Omit<StorageTransitionRow, "repository_id">[];
}

function digestsOf(images: readonly Found[]): readonly string[] {
  return images.map((it) => it.digest);
}

/** Most images have none, and share this. */
const NONE: readonly never[] = [];

/** Puts together what is known of images, and adds what protects them. */
async function complete(
  tx: Pick<Reader, "all" | "first">,
  { repository, usedAfter_ms }: Which,
  { images, tags, ...rows }: Rows,
): Promise<readonly ImageFacts[]> {
  const locks = await readLocks(tx, repository);
  const used = await digestsInUse(tx, repository, digestsOf(images), usedAfter_ms);
  const children = Map.groupBy(rows.children, (it) => it.manifest);
  const transitions = new Map(rows.transitions.map((it) => [it.manifest, it]));
  return images.map(({ digest, subject, pushed_ms, pulled_ms, status }) => {
    const own = tags.get(digest) ?? NONE;
    return {
      digest,
      subject,
      pushed_ms,
      pulled_ms,
      status,
      archived_ms: transitions.get(digest)?.archived_ms ?? null,
      activated_ms: transitions.get(digest)?.activated_ms ?? null,
      tags: own,
      children: children.get(digest)?.map(({ child }) => child) ?? NONE,
      lock: locks.holderOf({ digest, tags: own }) ?? null,
      used_ms: used.get(digest) ?? null,
    };
  });
}
