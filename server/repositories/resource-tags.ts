import { RegistryError } from "../kernel/errors.ts";
import { RESOURCE_TAG_KEY_LENGTH_MAX, RESOURCE_TAG_VALUE_LENGTH_MAX, RESOURCE_TAGS_MAX } from "../kernel/limits.ts";
import { list, string, structure } from "../kernel/shape.ts";
import type { Reader, Writer } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";
import { lockFault } from "./locks.ts";

/** A tag of a resource: for people and for policies, and nothing to do with the tags of images. */
export interface ResourceTag {
  readonly Key: string;
  readonly Value: string;
}

/** The model sets no bounds here: what breaks a rule is an InvalidTagParameterException, not an InvalidParameterException. */
export const RESOURCE_TAGS = list(structure({ "Key!": string(), "Value!": string() }));
export const RESOURCE_TAG_KEYS = list(string());

/** What AWS allows in tags: letters, digits and spaces of any script, and `_ . : / = + - @`. */
const TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

const tagsOf = query<{ repository_id: number }>()((db, p) =>
  db.selectFrom("resource_tags").select(["key", "value"]).where("repository_id", "=", p.repository_id).orderBy("key"),
);

const putTag = query<{ repository_id: number; key: string; value: string }>()((db, p) =>
  db
    .insertInto("resource_tags")
    .values({ repository_id: p.repository_id, key: p.key, value: p.value })
    .onConflict((it) => it.columns(["repository_id", "key"]).doUpdateSet((row) => ({ value: row.ref("excluded.value") }))),
);

const removeTag = query<{ repository_id: number; key: string }>()((db, p) =>
  db.deleteFrom("resource_tags").where("repository_id", "=", p.repository_id).where("key", "=", p.key),
);

/** Throws InvalidTagParameterException or TooManyTagsException for tags that no resource can have. */
export function checkTags(tags: readonly ResourceTag[]): void {
  checkKeys(tags.map((it) => it.Key));
  for (const { Key, Value } of tags) {
    if (Value.length > RESOURCE_TAG_VALUE_LENGTH_MAX)
      throw invalidTag(`The value of the tag '${Key}' is longer than ${RESOURCE_TAG_VALUE_LENGTH_MAX} characters.`);
    if (!TEXT.test(Value)) throw invalidTag(`The value of the tag '${Key}' contains a character that is not allowed in tags.`);
    if (isReserved(Key)) throw invalidTag("Tag keys that start with 'aws:' are reserved for AWS.");
    const fault = lockFault(Key, Value);
    if (fault !== undefined) throw invalidTag(fault);
  }
}

/** Throws InvalidTagParameterException or TooManyTagsException for keys that no resource's tags can have. */
export function checkKeys(keys: readonly string[]): void {
  if (keys.length > RESOURCE_TAGS_MAX) throw tooManyTags();
  for (const key of keys) {
    if (key === "") throw invalidTag("A tag key must have at least one character.");
    if (key.length > RESOURCE_TAG_KEY_LENGTH_MAX)
      throw invalidTag(`A tag key is longer than ${RESOURCE_TAG_KEY_LENGTH_MAX} characters.`);
    if (!TEXT.test(key)) throw invalidTag(`The tag key '${key}' contains a character that is not allowed in tags.`);
  }
  if (new Set(keys).size < keys.length) throw invalidTag("A tag key occurs more than once.");
}

/** A repository's tags, ordered by key. */
export async function readTags(tx: Reader, repository_id: number): Promise<ResourceTag[]> {
  const rows = await tx.all(tagsOf, { repository_id });
  return rows.map((it) => ({ Key: it.key, Value: it.value }));
}

/** Adds tags or changes their values; others stay. Throws TooManyTagsException when there would be too many. */
export async function writeTags(tx: Writer, repository_id: number, tags: readonly ResourceTag[]): Promise<void> {
  // Policies have conditions on them.
  if (tags.length > 0) tx.noteRuleChange();
  for (const { Key, Value } of tags) await tx.run(putTag, { repository_id, key: Key, value: Value });
  if ((await tx.all(tagsOf, { repository_id })).length > RESOURCE_TAGS_MAX) throw tooManyTags();
}

/** Removes tags; a key that is not there is passed over. */
export async function removeTags(tx: Writer, repository_id: number, keys: readonly string[]): Promise<void> {
  tx.noteRuleChange();
  for (const key of keys) await tx.run(removeTag, { repository_id, key });
}

function isReserved(key: string): boolean {
  return key.slice(0, 4).toLowerCase() === "aws:";
}

function invalidTag(why: string): RegistryError {
  return new RegistryError("InvalidTagParameterException", why);
}

function tooManyTags(): RegistryError {
  return new RegistryError(
    "TooManyTagsException",
    `The list of tags on the repository is over the limit. The maximum number of tags that can be applied to a repository is ${RESOURCE_TAGS_MAX}.`,
  );
}
