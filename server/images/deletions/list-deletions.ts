import { TAGS_PER_PAGE_MAX } from "../../kernel/limits.ts";
import type { RegistryId } from "../../kernel/names.ts";
import { type Page, toPage } from "../../kernel/page.ts";
import { inList } from "../../platform/metadata/in-list.ts";
import type { Metadata, Reader } from "../../platform/metadata/metadata.ts";
import { type Builder, query } from "../../platform/metadata/query.ts";
import type { DeletionReason } from "../../repositories/deletion.ts";
import { DELETION_KINDS, type DeletionKind } from "../../repositories/deletion-rows.ts";

/** What is known of something that was deleted. Times are in seconds. */
export interface DeletionView {
  readonly deletionId: string;
  readonly deletionKind: DeletionKind;
  /** The repository's name then. */
  readonly repositoryName: string;
  /** Of an image, and of a tag the image that it named. */
  readonly imageDigest?: string;
  /** The tags that went. */
  readonly imageTags?: readonly string[];
  readonly imageSizeInBytes?: number;
  readonly deletedAt: number;
  /** The ARN of who did it, or `lifecycle`. */
  readonly deletedBy: string;
  readonly deletionReason?: DeletionReason;
  /** RESTORABLE until `restorableUntil`, RESTORED at `restoredAt`, or neither: FINAL. */
  readonly deletionStatus: "RESTORABLE" | "RESTORED" | "FINAL";
  readonly restorableUntil?: number;
  readonly restoredAt?: number;
}

export interface ListDeletionsInput {
  /** Also of repositories that had this name and are gone. */
  readonly name?: string | undefined;
  readonly kind?: DeletionKind | undefined;
  /** Of an image: its deletions, those of its tags, and those of repositories that it went with, until it has a record of its own. */
  readonly digest?: string | undefined;
  /** Where a page before this one ended. */
  readonly after?: string | undefined;
  readonly size: number;
}

type InRegistry = { account: string; region: string; before: string; limit: number };

const deletionsOfKind = query<InRegistry & { kind: string }>()((db, p) => select(db, p).where("kind", "=", p.kind));
const deletionsInRepository = query<InRegistry & { kind: string; name: string }>()((db, p) =>
  select(db, p).where("repository", "=", p.name).where("kind", "=", p.kind),
);
const deletionsOfImage = query<InRegistry & { digest: string; kinds: string }>()((db, p, dialect) =>
  select(db, p).where("deletions.digest", "=", p.digest).where("kind", "in", inList(dialect, p.kinds)),
);
const deletionsOfImageIn = query<InRegistry & { digest: string; kinds: string; name: string }>()((db, p, dialect) =>
  select(db, p)
    .where("deletions.digest", "=", p.digest)
    .where("kind", "in", inList(dialect, p.kinds))
    .where("repository", "=", p.name),
);

type OfRepositoriesWith = InRegistry & { digest: string; kind: DeletionKind };
const deletionsWithImage = query<OfRepositoriesWith>()((db, p) => selectWithImage(db, p));
const deletionsWithImageIn = query<OfRepositoriesWith & { name: string }>()((db, p) =>
  selectWithImage(db, p).where("repository", "=", p.name),
);

/** Of repositories that had an image when they went, as long as the rows of their images are there: then each gets a record. */
function selectWithImage(db: Builder, p: OfRepositoriesWith) {
  return select(db, p)
    .where("kind", "=", p.kind)
    .where((it) =>
      it.exists(
        it
          .selectFrom("manifests")
          .select("manifests.digest")
          .whereRef("manifests.repository_id", "=", "deletions.repository_id")
          .where("manifests.digest", "=", p.digest)
          .whereRef("manifests.pushed_ms", "<=", "deletions.deleted_ms"),
      ),
    );
}

/** Newest first, each with what is kept of it. */
function select(db: Builder, p: InRegistry) {
  return db
    .selectFrom("deletions")
    .leftJoin("deleted_manifests", "deleted_manifests.deletion_id", "deletions.id")
    .leftJoin("deleted_repositories", (join) =>
      join
        .onRef("deleted_repositories.id", "=", "deletions.repository_id")
        .onRef("deleted_repositories.deletion_id", "=", "deletions.id"),
    )
    .selectAll("deletions")
    .select(["deleted_manifests.deletion_id as kept_image", "deleted_repositories.deletion_id as kept_repository"])
    .where("deletions.account", "=", p.account)
    .where("deletions.region", "=", p.region)
    .where("deletions.id", "<", p.before)
    .orderBy("deletions.id", "desc")
    .limit(p.limit);
}

type ListedRow = typeof deletionsOfKind extends { types?: (p: never) => infer Row } ? Row : never;

const tagsOfDeletions = query<{ ids: string; limit: number }>()((db, p, dialect) =>
  db
    .selectFrom("deleted_tags")
    .select(["deletion_id", "tag"])
    .where("deletion_id", "in", inList(dialect, p.ids))
    .orderBy("deletion_id", "desc")
    .orderBy("tag")
    .limit(p.limit),
);

/** Sorts behind every id. */
const BEHIND_ALL = "~";

/** What was deleted in a registry and is still on record, newest first. A page may end early when its tags are many. */
export async function listDeletions(
  deps: { readonly metadata: Metadata; readonly clock: { now(): number } },
  registry: RegistryId,
  { name, kind, digest, after = BEHIND_ALL, size }: ListDeletionsInput,
): Promise<Page<DeletionView>> {
  const kinds = kind === undefined ? DELETION_KINDS : [kind];
  const at = { ...registry, before: after, limit: size + 1 };
  return deps.metadata.read(registry, async (tx) => {
    const rows: ListedRow[] = [];
    if (digest !== undefined) {
      const of = { ...at, digest, kinds: JSON.stringify(kinds) };
      rows.push(...(await (name === undefined ? tx.all(deletionsOfImage, of) : tx.all(deletionsOfImageIn, { ...of, name }))));
      if (kinds.includes("REPOSITORY")) {
        const whole = { ...of, kind: "REPOSITORY" as const };
        rows.push(
          ...(await (name === undefined ? tx.all(deletionsWithImage, whole) : tx.all(deletionsWithImageIn, { ...whole, name }))),
        );
      }
    } else {
      // Each kind is a range of one index, so the few repositories are found as fast among a million images as alone.
      for (const one of kinds) {
        const of = { ...at, kind: one };
        rows.push(...(await (name === undefined ? tx.all(deletionsOfKind, of) : tx.all(deletionsInRepository, { ...of, name }))));
      }
    }
    rows.sort((a, b) => (a.id < b.id ? 1 : -1));
    const page = toPage(rows, size, (it) => it.id);
    const items = await withTags(tx, page.items, deps.clock.now());
    return { items, next: items.length < page.items.length ? items.at(-1)?.deletionId : page.next };
  });
}

/** Rows that are ordered, with their tags: all of them, or the first ones when their tags are too many for one answer. */
async function withTags(tx: Reader, rows: readonly ListedRow[], now_ms: number): Promise<readonly DeletionView[]> {
  const limit = TAGS_PER_PAGE_MAX + 1;
  const tags = await tx.all(tagsOfDeletions, { ids: JSON.stringify(rows.map((it) => it.id)), limit });
  const end = tags.length < limit ? undefined : tags.at(-1)?.deletion_id;
  const byId = Map.groupBy(tags, (it) => it.deletion_id);
  return rows
    .filter((it, at) => end === undefined || it.id > end || at === 0)
    .map((it) =>
      view(
        it,
        (byId.get(it.id) ?? []).map(({ tag }) => tag),
        now_ms,
      ),
    );
}

function view(row: ListedRow, tags: readonly string[], now_ms: number): DeletionView {
  const status = row.restored_ms !== null ? "RESTORED" : isKept(row, now_ms) ? "RESTORABLE" : "FINAL";
  return {
    deletionId: row.id,
    deletionKind: row.kind as DeletionKind,
    repositoryName: row.repository,
    ...(row.digest !== null && { imageDigest: row.digest }),
    ...(tags.length > 0 && { imageTags: tags }),
    ...(row.image_size !== null && { imageSizeInBytes: row.image_size }),
    deletedAt: row.deleted_ms / 1000,
    deletedBy: row.deleted_by,
    ...(row.reason !== null && { deletionReason: JSON.parse(row.reason) as DeletionReason }),
    deletionStatus: status,
    ...(status === "RESTORABLE" && { restorableUntil: row.restorable_until_ms / 1000 }),
    ...(row.restored_ms !== null && { restoredAt: row.restored_ms / 1000 }),
  };
}

/** Whether it can be brought back: the window is open, and nothing was swept or purged. */
function isKept(row: ListedRow, now_ms: number): boolean {
  if (row.restorable_until_ms <= now_ms) return false;
  return row.kind === "TAG" || (row.kind === "IMAGE" ? row.kept_image : row.kept_repository) !== null;
}
