import type { Call } from "../kernel/call.ts";
import type { RepositoryName } from "../kernel/names.ts";
import { type Page, toPage } from "../kernel/page.ts";
import type { Reader } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";
import { findRepository } from "../repositories/find-repository.ts";
import type { ImageDeps } from "./deps.ts";
import type { ImageIdentifier } from "./errors.ts";
import { findImage, IMAGE_COLUMNS, type ImageRow } from "./find-image.ts";
import { type ImageFilter, statusesOf, wantsTagged, wantsUntagged } from "./image-filter.ts";
import { inUseAfter, readUses, type Use } from "./in-use/in-use-rows.ts";
import { readTags } from "./read-tags.ts";
import { transitionsAmong } from "./rows.ts";

/** All that is known of an image without its manifest. */
export interface ImageDetail extends ImageRow {
  readonly tags: readonly string[];
  /** When it was last put into the archive, and taken out of it. */
  readonly archived_ms: number | null;
  readonly activated_ms: number | null;
  /** When a cluster was last seen to run it, and in how many it is in use; undefined when none has said so. */
  readonly use: Use | undefined;
}

export interface DescribeImagesInput {
  readonly name: RepositoryName;
  readonly filter: ImageFilter;
  readonly after?: string | undefined;
  readonly size: number;
}

type InRepository = { repository: number };

const detailsAfter = query<InRepository & { status: string; tagged: number; after: string; limit: number }>()((db, p) =>
  db
    .selectFrom("manifests")
    .select(IMAGE_COLUMNS)
    .where("repository_id", "=", p.repository)
    .where("status", "=", p.status)
    .where("tagged", "=", p.tagged)
    .where("digest", ">", p.after)
    .orderBy("digest")
    .limit(p.limit),
);

/** The images of a repository ordered by digest, from behind `after` on. Throws RepositoryNotFoundException. */
export async function describeImages(deps: ImageDeps, call: Call, input: DescribeImagesInput): Promise<Page<ImageDetail>> {
  const after_ms = inUseAfter(deps, deps.clock.now());
  return deps.metadata.read(call.registry, async (tx) => {
    const repository = await findRepository(tx, input.name);
    const rows: ImageRow[] = [];
    // Each combination is a range of one index, so a filter that few images pass costs no more than one that all do.
    for (const status of statusesOf(input.filter)) {
      for (const tagged of [...(wantsUntagged(input.filter) ? [0] : []), ...(wantsTagged(input.filter) ? [1] : [])]) {
        const position = { repository: repository.id, status, tagged, after: input.after ?? "", limit: input.size + 1 };
        rows.push(...(await tx.all(detailsAfter, position)));
      }
    }
    rows.sort((a, b) => (a.digest < b.digest ? -1 : 1));
    const page = toPage(rows, input.size, (it) => it.digest);
    const items = await withMore(tx, { repository: repository.id, after_ms }, page.items);
    // Fewer than were asked for, when a page has no room for all their tags.
    return { items, next: items.length < page.items.length ? items.at(-1)?.digest : page.next };
  });
}

/** The images that are named, each once. Throws RepositoryNotFoundException, and ImageNotFoundException for the first that is not there. */
export async function describeNamedImages(
  deps: ImageDeps,
  call: Call,
  input: { readonly name: RepositoryName; readonly ids: readonly ImageIdentifier[] },
): Promise<readonly ImageDetail[]> {
  const after_ms = inUseAfter(deps, deps.clock.now());
  return deps.metadata.read(call.registry, async (tx) => {
    const repository = await findRepository(tx, input.name);
    const found = new Map<string, ImageDetail>();
    for (const id of input.ids) {
      const row = await findImage(tx, repository, id);
      const [detail] = await withMore(tx, { repository: repository.id, after_ms }, [row]);
      if (detail !== undefined) found.set(row.digest, detail);
    }
    return [...found.values()];
  });
}

/** Adds their tags, transitions and uses to rows that are ordered by digest: to all of them, or to the first ones when their tags are too many. */
async function withMore(
  tx: Reader,
  { repository, after_ms }: { readonly repository: number; readonly after_ms: number },
  rows: readonly ImageRow[],
): Promise<readonly ImageDetail[]> {
  const tags = await readTags(
    tx,
    repository,
    rows.map((it) => it.digest),
  );
  const digests = [...tags.keys()];
  const found = await tx.all(transitionsAmong, { repository, digests: JSON.stringify(digests) });
  const transitions = new Map(found.map((it) => [it.manifest, it]));
  const uses = await readUses(tx, repository, digests, after_ms);
  return rows
    .filter((it) => tags.has(it.digest))
    .map((it) => ({
      ...it,
      tags: tags.get(it.digest) ?? [],
      archived_ms: transitions.get(it.digest)?.archived_ms ?? null,
      activated_ms: transitions.get(it.digest)?.activated_ms ?? null,
      use: uses.get(it.digest),
    }));
}
