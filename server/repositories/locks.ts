import { RegistryError } from "../kernel/errors.ts";
import { parseDigest, parseImageTag } from "../kernel/names.ts";
import type { Reader } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";

/**
 * Locks are resource tags of a repository, so that policies see them and whatever sets tags can set them. With the value
 * `true` they hold, against everybody: who may take the tag off may unlock.
 */
const PREFIX = "longshore:";
/** The repository with everything in it. */
const LOCK = "longshore:lock";
/** The repository itself; its images may go. */
const DELETION_PROTECTION = "longshore:deletion-protection";
/** A tag, and the image that it points at; behind the colon stands the tag. */
const LOCK_TAG = "longshore:lock-tag:";
/** An image; behind the colon stands its digest. */
const LOCK_IMAGE = "longshore:lock-image:";

/** What a repository's resource tags protect from being deleted. */
export interface Locks {
  /** The key of the resource tag by which the repository may not be deleted, or undefined. */
  readonly holderOfRepository: string | undefined;
  /** The tags that are locked by their own names. */
  readonly lockedTags: readonly string[];
  /** The key of the resource tag by which an image that has these tags may not be deleted, or undefined; without a digest the same of tags. */
  holderOf(image: { readonly digest?: string | undefined; readonly tags: Iterable<string> }): string | undefined;
}

/**
 * What is wrong with a resource tag that looks like a lock, as a sentence, or undefined. A lock that is misspelt and protects
 * nothing is worse than none, so there are no other tags of this prefix.
 */
export function lockFault(key: string, value: string): string | undefined {
  if (key.slice(0, PREFIX.length).toLowerCase() !== PREFIX) return undefined;
  const isLock =
    key === LOCK ||
    key === DELETION_PROTECTION ||
    (key.startsWith(LOCK_TAG) && parseImageTag(key.slice(LOCK_TAG.length)) !== undefined) ||
    (key.startsWith(LOCK_IMAGE) && parseDigest(key.slice(LOCK_IMAGE.length)) !== undefined);
  if (!isLock) {
    return (
      `The tag key '${key}' means nothing: keys that begin with '${PREFIX}' are ${LOCK}, ${DELETION_PROTECTION}, ` +
      `${LOCK_TAG}<tag> and ${LOCK_IMAGE}<digest>.`
    );
  }
  if (value === "true" || value === "false") return undefined;
  return `The value of the tag '${key}' must be true, which locks, or false.`;
}

/** The resource tags that are locks: one range of the table's key, and mostly an empty one. */
const lockTagsOf = query<{ repository_id: number }>()((db, p) =>
  db
    .selectFrom("resource_tags")
    .select("key")
    .where("repository_id", "=", p.repository_id)
    .where("key", ">=", PREFIX)
    .where("key", "<", "longshore;")
    .where("value", "=", "true")
    .orderBy("key"),
);

/** What the resource tags of a repository lock, in the transaction that is to delete something. */
export async function readLocks(tx: Pick<Reader, "all">, repository_id: number): Promise<Locks> {
  const keys = (await tx.all(lockTagsOf, { repository_id })).map((it) => it.key);
  if (keys.length === 0) return NO_LOCKS;
  const set = new Set(keys);
  const held = (key: string): string | undefined => (set.has(key) ? key : undefined);
  return {
    holderOfRepository: held(DELETION_PROTECTION) ?? held(LOCK) ?? keys[0],
    lockedTags: keys.filter((it) => it.startsWith(LOCK_TAG)).map((it) => it.slice(LOCK_TAG.length)),
    holderOf({ digest, tags }) {
      const holder = held(LOCK) ?? (digest === undefined ? undefined : held(LOCK_IMAGE + digest));
      if (holder !== undefined) return holder;
      for (const tag of tags) if (set.has(LOCK_TAG + tag)) return LOCK_TAG + tag;
      return undefined;
    },
  };
}

const NO_LOCKS: Locks = { holderOfRepository: undefined, lockedTags: [], holderOf: () => undefined };

/** The refusal to delete `what`, such as `The tag 'v1'`, for the resource tag that locks it. */
export function deletionLocked(what: string, holder: string): RegistryError {
  return new RegistryError(
    "DeletionLockedException",
    `${what} is protected from deletion by the resource tag '${holder}' of the repository. ` +
      `It can be deleted once the tag is taken off: aws ecr untag-resource --resource-arn <repository> --tag-keys ${holder}`,
  );
}
