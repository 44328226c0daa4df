import type { Call } from "../kernel/call.ts";
import type { RepositoryName } from "../kernel/names.ts";
import { type Page, toPage } from "../kernel/page.ts";
import type { Metadata, Reader } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";
import { findRepository } from "../repositories/find-repository.ts";

const tagsAfter = query<{ repository: number; after: string; limit: number }>()((db, p) =>
  db
    .selectFrom("tags")
    .select("tag")
    .where("repository_id", "=", p.repository)
    .where("tag", ">", p.after)
    .orderBy("tag")
    .limit(p.limit),
);

const activeTagsAfter = query<{ repository: number; after: string; limit: number }>()((db, p) =>
  db
    .selectFrom("tags")
    .innerJoin("manifests", (join) =>
      join.onRef("manifests.repository_id", "=", "tags.repository_id").onRef("manifests.digest", "=", "tags.manifest"),
    )
    .select("tags.tag")
    .where("tags.repository_id", "=", p.repository)
    .where("tags.tag", ">", p.after)
    .where("manifests.status", "=", "ACTIVE")
    .orderBy("tags.tag")
    .limit(p.limit),
);

const taggedWithStatus = query<{ repository: number; status: string }>()((db, p) =>
  db
    .selectFrom("manifests")
    .select("digest")
    .where("repository_id", "=", p.repository)
    .where("status", "=", p.status)
    .where("tagged", "=", 1)
    .limit(1),
);

/** Whether a repository has tags that cannot be pulled. Most have none, and their tags need not be looked at one by one. */
async function hasArchivedTags(tx: Reader, repository: number): Promise<boolean> {
  for (const status of ["ARCHIVED", "ACTIVATING"]) {
    if ((await tx.first(taggedWithStatus, { repository, status })) !== undefined) return true;
  }
  return false;
}

/** A repository's tags in bytewise order, from behind `after` on, without those of archived images. Throws RepositoryNotFoundException. */
export async function listTags(
  deps: { readonly metadata: Metadata },
  call: Call,
  input: { readonly name: RepositoryName; readonly after?: string | undefined; readonly size: number },
): Promise<Page<string>> {
  return deps.metadata.read(call.registry, async (tx) => {
    const repository = await findRepository(tx, input.name);
    const tagsFrom = (await hasArchivedTags(tx, repository.id)) ? activeTagsAfter : tagsAfter;
    const rows = await tx.all(tagsFrom, { repository: repository.id, after: input.after ?? "", limit: input.size + 1 });
    return toPage(
      rows.map((it) => it.tag),
      input.size,
      (tag) => tag,
    );
  });
}
