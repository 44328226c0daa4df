import { inList } from "../platform/metadata/in-list.ts";
import type { Reader } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";
import { deletionLocked, type Locks, readLocks } from "../repositories/locks.ts";

/** What is about to be deleted: a tag alone, or an image with all its tags. */
export type Deletable = { readonly tag: string } | { readonly digest: string };

const lockedTagsOf = query<{ repository: number; digest: string; tags: string }>()((db, p, dialect) =>
  db
    .selectFrom("tags")
    .select("tag")
    .where("repository_id", "=", p.repository)
    .where("tag", "in", inList(dialect, p.tags))
    .where("manifest", "=", p.digest)
    .orderBy("tag"),
);

/** Throws DeletionLockedException for a tag or an image that a resource tag of its repository protects. */
export async function requireUnlocked(tx: Reader, repository: number, it: Deletable): Promise<void> {
  const holder = await holderOf(tx, repository, it);
  if (holder !== undefined) throw deletionLocked("tag" in it ? `The tag '${it.tag}'` : `The image '${it.digest}'`, holder);
}

async function holderOf(tx: Reader, repository: number, it: Deletable): Promise<string | undefined> {
  const locks = await readLocks(tx, repository);
  if ("tag" in it) return locks.holderOf({ tags: [it.tag] });
  return locks.holderOf({ digest: it.digest, tags: await lockedAmong(tx, repository, locks, it.digest) });
}

/** The tags of an image that are locked; an image may have thousands that are not. */
async function lockedAmong(tx: Reader, repository: number, { lockedTags }: Locks, digest: string): Promise<readonly string[]> {
  if (lockedTags.length === 0) return [];
  const rows = await tx.all(lockedTagsOf, { repository, digest, tags: JSON.stringify(lockedTags) });
  return rows.map((row) => row.tag);
}
