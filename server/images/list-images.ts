import type { Call } from "../kernel/call.ts";
import type { RepositoryName } from "../kernel/names.ts";
import { type Page, toPage } from "../kernel/page.ts";
import { inList } from "../platform/metadata/in-list.ts";
import type { Metadata, Reader } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";
import { findRepository } from "../repositories/find-repository.ts";
import { type ImageFilter, statusesOf, wantsTagged, wantsUntagged } from "./image-filter.ts";

/** One name of an image: its digest with one of its tags, or alone when it has none. */
export interface ListedImage {
  readonly digest: string;
  readonly tag?: string;
}

export interface ListImagesInput {
  readonly name: RepositoryName;
  readonly filter: ImageFilter;
  /** Where a page before this one ended. */
  readonly after?: string | undefined;
  readonly size: number;
}

type Position = { repository: number; statuses: string; after: string; limit: number };

const taggedAfter = query<Position>()((db, p, dialect) =>
  db
    .selectFrom("tags")
    .innerJoin("manifests", (join) =>
      join.onRef("manifests.repository_id", "=", "tags.repository_id").onRef("manifests.digest", "=", "tags.manifest"),
    )
    .select(["manifests.digest", "tags.tag"])
    .where("tags.repository_id", "=", p.repository)
    .where("tags.tag", ">", p.after)
    .where("manifests.status", "in", inList(dialect, p.statuses))
    .orderBy("tags.tag")
    .limit(p.limit),
);

const untaggedAfter = query<Omit<Position, "statuses"> & { status: string }>()((db, p) =>
  db
    .selectFrom("manifests")
    .select("digest")
    .where("repository_id", "=", p.repository)
    .where("status", "=", p.status)
    .where("tagged", "=", 0)
    .where("digest", ">", p.after)
    .orderBy("digest")
    .limit(p.limit),
);

// A position says which of the two lists it is in: the tags come first, then the images without one.
const IN_TAGS = "t";
const IN_UNTAGGED = "u";

/** The images of a repository, one entry for each tag and one for each image without. Throws RepositoryNotFoundException. */
export async function listImages(
  deps: { readonly metadata: Metadata },
  call: Call,
  input: ListImagesInput,
): Promise<Page<ListedImage>> {
  return deps.metadata.read(call.registry, async (tx) => {
    const repository = await findRepository(tx, input.name);
    const [list, after] = [input.after?.slice(0, 1) ?? IN_TAGS, input.after?.slice(1) ?? ""];
    const limit = input.size + 1;
    const items: ListedImage[] = [];
    if (list === IN_TAGS && wantsTagged(input.filter)) {
      const statuses = JSON.stringify(statusesOf(input.filter));
      items.push(...(await tx.all(taggedAfter, { repository: repository.id, statuses, after, limit })));
    }
    if (items.length < limit && wantsUntagged(input.filter)) {
      const from = list === IN_UNTAGGED ? after : "";
      items.push(...(await untagged(tx, repository.id, input.filter, { after: from, limit: limit - items.length })));
    }
    return toPage(items, input.size, (it) => (it.tag === undefined ? IN_UNTAGGED + it.digest : IN_TAGS + it.tag));
  });
}

async function untagged(
  tx: Reader,
  repository: number,
  filter: ImageFilter,
  page: { after: string; limit: number },
): Promise<readonly ListedImage[]> {
  const found: string[] = [];
  for (const status of statusesOf(filter)) {
    const rows = await tx.all(untaggedAfter, { repository, status, ...page });
    found.push(...rows.map((it) => it.digest));
  }
  return found
    .sort()
    .slice(0, page.limit)
    .map((digest) => ({ digest }));
}
