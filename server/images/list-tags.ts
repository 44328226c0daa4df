import type { Call } from "../kernel/call.ts";
import type { RepositoryName } from "../kernel/names.ts";
import { type Page, toPage } from "../kernel/page.ts";
import type { Metadata } from "../platform/metadata/metadata.ts";
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

/** A repository's tags in bytewise order, from behind `after` on. Throws RepositoryNotFoundException. */
export async function listTags(
  deps: { readonly metadata: Metadata },
  call: Call,
  input: { readonly name: RepositoryName; readonly after?: string | undefined; readonly size: number },
): Promise<Page<string>> {
  return deps.metadata.read(call.registry, async (tx) => {
    const repository = await findRepository(tx, input.name);
    const rows = await tx.all(tagsAfter, { repository: repository.id, after: input.after ?? "", limit: input.size + 1 });
    return toPage(
      rows.map((it) => it.tag),
      input.size,
      (tag) => tag,
    );
  });
}
