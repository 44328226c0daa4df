import { type Builder, query } from "../platform/metadata/query.ts";

/** The queries about repositories that were deleted and can come back. */

const REPOSITORY_COLUMNS = [
  "id",
  "account",
  "region",
  "name",
  "created_ms",
  "tag_mutability",
  "tag_mutability_filters",
  "scan_on_push",
  "encryption_type",
  "kms_key",
] as const;

/** Keeps the row of a repository. */
export const keepRepository = query<{ id: number; deletion_id: string; restorable_until_ms: number }>()((db, p) =>
  db
    .insertInto("deleted_repositories")
    .columns([...REPOSITORY_COLUMNS, "deletion_id", "restorable_until_ms"])
    .expression((from) =>
      from
        .selectFrom("repositories")
        .select(REPOSITORY_COLUMNS)
        .select((it) => [it.val(p.deletion_id).as("deletion_id"), it.val(p.restorable_until_ms).as("restorable_until_ms")])
        .where("id", "=", p.id),
    ),
);

/** Names the deleted repositories that had a name and can come back. */
type Kept = { account: string; region: string; name: string; now_ms: number };

/** The repositories of a name that can come back; the one that was deleted last comes first. */
export const keptRepositories = query<Kept & { limit: number }>()((db, p) =>
  selectKept(db, p).orderBy("deletion_id", "desc").limit(p.limit),
);

/** The repositories of a registry that can come back, of all names. */
export const keptRepositoriesOf = query<{ account: string; region: string; limit: number }>()((db, p) =>
  db
    .selectFrom("deleted_repositories")
    .select("id")
    .where("account", "=", p.account)
    .where("region", "=", p.region)
    .limit(p.limit),
);

/** The one of them that a deletion took. */
export const keptRepository = query<Kept & { deletion_id: string }>()((db, p) =>
  selectKept(db, p).where("deletion_id", "=", p.deletion_id),
);

function selectKept(db: Builder, p: Kept) {
  return db
    .selectFrom("deleted_repositories")
    .select([...REPOSITORY_COLUMNS, "deletion_id"])
    .where("account", "=", p.account)
    .where("region", "=", p.region)
    .where("name", "=", p.name)
    .where("restorable_until_ms", ">", p.now_ms);
}

/** The deletion that took a repository, as long as it is kept, and until when it can come back. */
export const endOfRepository = query<{ id: number }>()((db, p) =>
  db.selectFrom("deleted_repositories").select(["deletion_id", "restorable_until_ms"]).where("id", "=", p.id),
);

export const forgetRepository = query<{ id: number }>()((db, p) => db.deleteFrom("deleted_repositories").where("id", "=", p.id));
