import type { Call } from "../kernel/call.ts";
import type { Digest, RepositoryName } from "../kernel/names.ts";
import { type Page, toPage } from "../kernel/page.ts";
import { inList } from "../platform/metadata/in-list.ts";
import type { Metadata } from "../platform/metadata/metadata.ts";
import { type Builder, type Dialect, query } from "../platform/metadata/query.ts";
import { findRepository } from "../repositories/find-repository.ts";
import { isArtifactType } from "./media-types.ts";

/** A manifest that has another one as its subject. */
export interface Referrer {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly status: string;
}

export interface ListReferrersInput {
  readonly name: RepositoryName;
  /** Need not be there. (OCI distribution-spec, listing referrers) */
  readonly subject: Digest;
  /** Only of these; all without. */
  readonly artifactTypes?: readonly string[] | undefined;
  readonly statuses?: readonly string[];
  readonly after?: string | undefined;
  readonly size: number;
}

type Position = { repository: number; subject: string; statuses: string; after: string; end: string; limit: number };

/** Where a page has to end though it is not full: only so many are looked at, whatever few pass the filter. */
const LOOKED_AT_MAX = 1_000;
/** Sorts behind every digest. */
const BEHIND_ALL = "~";

const lastLookedAt = query<{ repository: number; subject: string; after: string; offset: number }>()((db, p) =>
  db
    .selectFrom("manifests")
    .select("digest")
    .where("repository_id", "=", p.repository)
    .where("subject", "=", p.subject)
    .where("digest", ">", p.after)
    .orderBy("digest")
    .limit(1)
    .offset(p.offset),
);

const referrers = query<Position>()((db, p, dialect) => selectReferrers(db, p, dialect));
const referrersOfTypes = query<Position & { types: string }>()((db, p, dialect) =>
  selectReferrers(db, p, dialect).where("artifact_type", "in", inList(dialect, p.types)),
);

function selectReferrers(db: Builder, p: Position, dialect: Dialect) {
  return db
    .selectFrom("manifests")
    .select(["digest", "media_type", "body_size", "artifact_type", "annotations", "status"])
    .where("repository_id", "=", p.repository)
    .where("subject", "=", p.subject)
    .where("digest", ">", p.after)
    .where("digest", "<=", p.end)
    .where("status", "in", inList(dialect, p.statuses))
    .orderBy("digest")
    .limit(p.limit);
}

/** What refers to a subject, ordered by digest, from behind `after` on; a page may have fewer than its size, or none. Throws RepositoryNotFoundException. */
export async function listReferrers(
  deps: { readonly metadata: Metadata },
  call: Call,
  input: ListReferrersInput,
): Promise<Page<Referrer>> {
  return deps.metadata.read(call.registry, async (tx) => {
    const repository = await findRepository(tx, input.name);
    const start = { repository: repository.id, subject: input.subject, after: input.after ?? "" };
    const last = await tx.first(lastLookedAt, { ...start, offset: LOOKED_AT_MAX - 1 });
    const position = {
      ...start,
      end: last?.digest ?? BEHIND_ALL,
      statuses: JSON.stringify(input.statuses ?? ["ACTIVE"]),
      limit: input.size + 1,
    };
    const rows =
      input.artifactTypes === undefined
        ? await tx.all(referrers, position)
        : await tx.all(referrersOfTypes, { ...position, types: JSON.stringify(input.artifactTypes.filter(isArtifactType)) });
    const page = toPage(rows.map(toReferrer), input.size, (it) => it.digest);
    return { items: page.items, next: page.next ?? last?.digest };
  });
}

function toReferrer(row: {
  digest: string;
  media_type: string;
  body_size: number;
  artifact_type: string | null;
  annotations: string | null;
  status: string;
}): Referrer {
  return {
    digest: row.digest as Digest,
    mediaType: row.media_type,
    size: row.body_size,
    status: row.status,
    ...(row.artifact_type === null ? {} : { artifactType: row.artifact_type }),
    ...(row.annotations === null ? {} : { annotations: JSON.parse(row.annotations) as Record<string, string> }),
  };
}
