import { RegistryError } from "../../kernel/errors.ts";
import { query } from "../../platform/metadata/query.ts";
import { ORGANISATION_TAGS_MAX } from "./limits.ts";
import type { GlobalReader, GlobalWriter } from "./organisation.ts";

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

const tagsOf = query<{ resource: string }>()((db, p) =>
  db.selectFrom("iam_tags").select(["key", "value"]).where("resource", "=", p.resource).orderBy("key"),
);
// Unlike IAM's, keys that differ only in case are two here.
const putTag = query<{ resource: string; key: string; value: string }>()((db, p) =>
  db
    .insertInto("iam_tags")
    .values({ resource: p.resource, key: p.key, key_folded: p.key, value: p.value })
    .onConflict((it) => it.columns(["resource", "key_folded"]).doUpdateSet({ value: p.value })),
);
const deleteTag = query<{ resource: string; key: string }>()((db, p) =>
  db.deleteFrom("iam_tags").where("resource", "=", p.resource).where("key_folded", "=", p.key),
);
const deleteTags = query<{ resource: string }>()((db, p) => db.deleteFrom("iam_tags").where("resource", "=", p.resource));

/** The tags of a root, a unit, an account or a policy. There are never more than fit in one answer. */
export async function listTags(tx: GlobalReader, resource: string): Promise<readonly Tag[]> {
  return (await tx.all(tagsOf, { resource })).map(({ key, value }) => ({ Key: key, Value: value }));
}

/** Adds tags, in place of those of the same keys. Throws InvalidInputException, ConstraintViolationException. */
export async function addTags(tx: GlobalWriter, resource: string, tags: readonly Tag[]): Promise<void> {
  if (new Set(tags.map((it) => it.Key)).size < tags.length) {
    throw new RegistryError("InvalidInputException", "You can't use the same tag key twice in a request.", {
      Reason: "DUPLICATE_TAG_KEY",
    });
  }
  if (tags.some((it) => it.Key.toLowerCase().startsWith("aws:"))) {
    throw new RegistryError("InvalidInputException", "You can't use a tag key that begins with aws:, which is AWS's own.", {
      Reason: "INVALID_SYSTEM_TAGS_PARAMETER",
    });
  }
  for (const { Key, Value } of tags) await tx.run(putTag, { resource, key: Key, value: Value });
  if ((await listTags(tx, resource)).length > ORGANISATION_TAGS_MAX) {
    throw new RegistryError("ConstraintViolationException", `A resource can have ${ORGANISATION_TAGS_MAX} tags at most.`, {
      Reason: "MAX_TAG_LIMIT_EXCEEDED",
    });
  }
}

export async function untag(tx: GlobalWriter, resource: string, keys: readonly string[]): Promise<void> {
  for (const key of keys) await tx.run(deleteTag, { resource, key });
}

/** For a resource that goes away. */
export async function removeTags(tx: GlobalWriter, resource: string): Promise<void> {
  await tx.run(deleteTags, { resource });
}
