import { RegistryError } from "../kernel/errors.ts";
import { RESOURCE_TAGS_MAX } from "../kernel/limits.ts";
import type { AccountId } from "../kernel/names.ts";
import type { IamTagRow } from "../platform/metadata/iam-schema.ts";
import { query } from "../platform/metadata/query.ts";
import { noteAccessChange } from "./access-changes.ts";
import type { IamReader, IamWriter } from "./deps.ts";

/** A tag of a user, a role, a policy or a provider. */
export interface IamTag {
  readonly Key: string;
  readonly Value: string;
}

/** Whose tags: a unique id, or the ARN of a provider; and in which account it is. */
export interface Tagged {
  readonly id: string;
  readonly account: string;
}

const tagsAfter = query<{ resource: string; after: string; limit: number }>()((db, p) =>
  db
    .selectFrom("iam_tags")
    .selectAll()
    .where("resource", "=", p.resource)
    .where("key_folded", ">", p.after)
    .orderBy("key_folded")
    .limit(p.limit),
);

const putTag = query<IamTagRow>()((db, p) =>
  db
    .insertInto("iam_tags")
    .values({ resource: p.resource, key: p.key, key_folded: p.key_folded, value: p.value })
    .onConflict((it) =>
      it
        .columns(["resource", "key_folded"])
        .doUpdateSet((row) => ({ key: row.ref("excluded.key"), value: row.ref("excluded.value") })),
    ),
);

const deleteTag = query<{ resource: string; key_folded: string }>()((db, p) =>
  db.deleteFrom("iam_tags").where("resource", "=", p.resource).where("key_folded", "=", p.key_folded),
);

const deleteTagsOf = query<{ resource: string }>()((db, p) => db.deleteFrom("iam_tags").where("resource", "=", p.resource));

/** IAM: of users and roles, keys that differ only in case are the same; of all else they are not. (IAM User Guide, tagging) */
function foldsKeys(id: string): boolean {
  return id.startsWith("AIDA") || id.startsWith("AROA");
}

function foldKey({ id }: Tagged, key: string): string {
  return foldsKeys(id) ? key.toLowerCase() : key;
}

/** Tags in the order of their keys, from behind the key of the row `after`. */
export function listTags(tx: IamReader, { id }: Tagged, after = "", limit = RESOURCE_TAGS_MAX): Promise<IamTagRow[]> {
  return tx.all(tagsAfter, { resource: id, after, limit });
}

/** All tags of something, in IAM's form. */
export async function readTags(tx: IamReader, tagged: Tagged): Promise<IamTag[]> {
  return (await listTags(tx, tagged)).map(viewTag);
}

export function viewTag({ key, value }: IamTagRow): IamTag {
  return { Key: key, Value: value };
}

/**
 * Adds tags or changes their values; others stay. Throws InvalidInputException for a key that is there twice or is AWS's own, and
 * IamLimitExceededException when there would be too many.
 */
export async function writeTags(tx: IamWriter, tagged: Tagged, tags: readonly IamTag[] = []): Promise<void> {
  if (tags.length === 0) return;
  checkKeys(tagged, tags);
  for (const { Key, Value } of tags) {
    await tx.run(putTag, { resource: tagged.id, key: Key, key_folded: foldKey(tagged, Key), value: Value });
  }
  if ((await listTags(tx, tagged, "", RESOURCE_TAGS_MAX + 1)).length > RESOURCE_TAGS_MAX) {
    throw new RegistryError("IamLimitExceededException", "The number of tags has reached the maximum limit.");
  }
  await noteAccessChange(tx, tagged.account as AccountId);
}

/** Takes tags away; a key that is not there is passed over. */
export async function removeTags(tx: IamWriter, tagged: Tagged, keys: readonly string[]): Promise<void> {
  for (const key of keys) await tx.run(deleteTag, { resource: tagged.id, key_folded: foldKey(tagged, key) });
  await noteAccessChange(tx, tagged.account as AccountId);
}

/** Takes all tags of something away that is itself about to go. */
export async function removeAllTags(tx: IamWriter, { id }: Tagged): Promise<void> {
  await tx.run(deleteTagsOf, { resource: id });
}

function checkKeys(tagged: Tagged, tags: readonly IamTag[]): void {
  if (new Set(tags.map((it) => foldKey(tagged, it.Key))).size < tags.length) {
    const why = foldsKeys(tagged.id) ? " Please note that Tag keys are case insensitive." : "";
    throw new RegistryError("InvalidInputException", `Duplicate tag keys found.${why}`);
  }
  if (tags.some((it) => it.Key.toLowerCase().startsWith("aws:"))) {
    throw new RegistryError("InvalidInputException", "Tag keys that start with 'aws:' are reserved for AWS.");
  }
}
