import type { Call } from "../kernel/call.ts";
import type { RepositoryName } from "../kernel/names.ts";
import { type Page, toPage } from "../kernel/page.ts";
import type { Metadata, Reader } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";
import { findRepository } from "../repositories/find-repository.ts";
import { type ImageFilter, statusesOf, wantsTagged, wantsUntagged } from "./image-filter.ts";
import { tagsAmong } from "./rows.ts";

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

type InRepository = { repository: number };

/** Images of one status, tagged or not: a range of one index, so a rare one is found as fast as all. */
const imagesFrom = query<InRepository & { status: string; tagged: number; from: string; limit: number }>()((db, p) =>
  db
    .selectFrom("manifests")
    .select("digest")
    .where("repository_id", "=", p.repository)
    .where("status", "=", p.status)
    .where("tagged", "=", p.tagged)
    .where("digest", ">=", p.from)
    .orderBy("digest")
    .limit(p.limit),
);

const tagsOfAfter = query<InRepository & { digest: string; after: string; limit: number }>()((db, p) =>
  db
    .selectFrom("tags")
    .select(["manifest as digest", "tag"])
    .where("repository_id", "=", p.repository)
    .where("manifest", "=", p.digest)
    .where("tag", ">", p.after)
    .orderBy("tag")
    .limit(p.limit),
);

/** Where a page ended: the image, and its tag when it has one. */
interface Position {
  readonly digest: string;
  readonly tag: string;
}

/**
 * The images of a repository, one entry for each tag and one for each image without, ordered by digest and tag. Throws
 * RepositoryNotFoundException.
 */
export async function listImages(
  deps: { readonly metadata: Metadata },
  call: Call,
  input: ListImagesInput,
): Promise<Page<ListedImage>> {
  return deps.metadata.read(call.registry, async (tx) => {
    const repository = (await findRepository(tx, input.name)).id;
    const [digest = "", tag = ""] = input.after?.split(" ") ?? [];
    const limit = input.size + 1;
    const page = { after: { digest, tag }, limit };
    const items: ListedImage[] = [];
    for (const status of statusesOf(input.filter)) {
      if (wantsTagged(input.filter)) items.push(...(await tagged(tx, repository, status, page)));
      if (wantsUntagged(input.filter)) items.push(...(await untagged(tx, repository, status, page)));
    }
    // Images of one digest are of one status, and tags come in order: only the digests of the parts have to be merged.
    items.sort((a, b) => (a.digest < b.digest ? -1 : a.digest > b.digest ? 1 : 0));
    return toPage(items.slice(0, limit), input.size, (it) => `${it.digest} ${it.tag ?? ""}`);
  });
}

interface Part {
  readonly after: Position;
  readonly limit: number;
}

async function tagged(tx: Reader, repository: number, status: string, { after, limit }: Part): Promise<readonly ListedImage[]> {
  // The image at which the page before ended may have tags that are still to come, and has none to spare for the limit if not.
  const images = await tx.all(imagesFrom, { repository, status, tagged: 1, from: after.digest, limit: limit + 1 });
  const isBegun = images[0]?.digest === after.digest;
  const rest = isBegun ? await tx.all(tagsOfAfter, { repository, digest: after.digest, after: after.tag, limit }) : [];
  const others = isBegun ? images.slice(1) : images;
  const digests = JSON.stringify(others.map((it) => it.digest));
  const more = await tx.all(tagsAmong, { repository, digests, limit: limit - rest.length });
  return [...rest, ...more.map(({ manifest, tag }) => ({ digest: manifest, tag }))];
}

async function untagged(tx: Reader, repository: number, status: string, { after, limit }: Part): Promise<readonly ListedImage[]> {
  const images = await tx.all(imagesFrom, { repository, status, tagged: 0, from: after.digest, limit: limit + 1 });
  return images.filter((it) => it.digest !== after.digest).slice(0, limit);
}
