import type { Call } from "../kernel/call.ts";
import type { RepositoryName } from "../kernel/names.ts";
import { type Page, toPage } from "../kernel/page.ts";
import { inList } from "../platform/metadata/in-list.ts";
import type { Metadata, Reader } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";
import { findRepository } from "../repositories/find-repository.ts";

const tagsAfter = query<{ repository: number; after: string; limit: number }>()((db, p) =>
  db
    .selectFrom("tags")
    .select(["tag", "manifest"])
    .where("repository_id", "=", p.repository)
    .where("tag", ">", p.after)
    .orderBy("tag")
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

const activeAmong = query<{ repository: number; digests: string }>()((db, p, dialect) =>
  db
    .selectFrom("manifests")
    .select("digest")
    .where("repository_id", "=", p.repository)
    .where("digest", "in", inList(dialect, p.digests))
    .where("status", "=", "ACTIVE"),
);

/**
 * A repository's tags in bytewise order, from behind `after` on. Tags of archived images, which cannot be pulled, are left
 * out, so a page may have fewer than its size, or none. Throws RepositoryNotFoundException.
 */
export async function listTags(
  deps: { readonly metadata: Metadata },
  call: Call,
  input: { readonly name: RepositoryName; readonly after?: string | undefined; readonly size: number },
): Promise<Page<string>> {
  return deps.metadata.read(call.registry, async (tx) => {
    const repository = (await findRepository(tx, input.name)).id;
    const rows = await tx.all(tagsAfter, { repository, after: input.after ?? "", limit: input.size + 1 });
    const { items, next } = toPage(rows, input.size, (it) => it.tag);
    if (!(await hasArchivedTags(tx, repository))) return { items: items.map((it) => it.tag), next };
    const digests = JSON.stringify([...new Set(items.map((it) => it.manifest))]);
    const active = new Set((await tx.all(activeAmong, { repository, digests })).map((it) => it.digest));
    return { items: items.filter((it) => active.has(it.manifest)).map((it) => it.tag), next };
  });
}

/** Whether a repository has tags that cannot be pulled. Most have none, and their tags need not be looked at one by one. */
async function hasArchivedTags(tx: Reader, repository: number): Promise<boolean> {
  for (const status of ["ARCHIVED", "ACTIVATING"]) {
    if ((await tx.first(taggedWithStatus, { repository, status })) !== undefined) return true;
  }
  return false;
}
