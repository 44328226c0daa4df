import type { Job } from "../kernel/job.ts";
import type { KindRunner } from "../platform/jobs/worker.ts";
import type { Writer } from "../platform/metadata/metadata.ts";
import { inList } from "../platform/metadata/in-list.ts";
import { type Query, query } from "../platform/metadata/query.ts";
import { endOfRepository, forgetRepository } from "./deleted-repository-rows.ts";
import { recordImagesOf } from "./deletion-rows.ts";
import type { RepositoryDeps } from "./deps.ts";

const KIND = "sweep-repository";
/** Rows of each table in one transaction: small enough that others who write need not wait long. */
const BATCH_ROWS = 200;

interface Batch {
  readonly repository_id: number;
  readonly limit: number;
}

/** Fewer of those that are recorded one by one. */
const BATCH_IMAGES = 50;

const someImages = query<Batch>()((db, p) =>
  db.selectFrom("manifests").select(["digest", "image_size"]).where("repository_id", "=", p.repository_id).limit(p.limit),
);

const removeImages = query<{ repository_id: number; digests: string }>()((db, p, dialect) =>
  db.deleteFrom("manifests").where("repository_id", "=", p.repository_id).where("digest", "in", inList(dialect, p.digests)),
);

const repositoryById = query<{ id: number }>()((db, p) => db.selectFrom("repositories").select("id").where("id", "=", p.id));

/**
 * For each table, a delete of some rows of a repository, neighbours where rows are kept in order. A manifest's layers and children
 * go all at once.
 */
const SWEEPS: readonly Query<Batch, unknown>[] = [
  query<Batch>()((db, p) =>
    db
      .deleteFrom("resource_tags")
      .where("repository_id", "=", p.repository_id)
      .where("key", "in", (q) =>
        q.selectFrom("resource_tags").select("key").where("repository_id", "=", p.repository_id).limit(p.limit),
      ),
  ),
  query<Batch>()((db, p) => db.deleteFrom("repository_documents").where("repository_id", "=", p.repository_id)),
  // Before its results: nobody adds any to a preview that is not there.
  query<Batch>()((db, p) => db.deleteFrom("lifecycle_previews").where("repository_id", "=", p.repository_id)),
  query<Batch>()((db, p) =>
    db
      .deleteFrom("lifecycle_preview_results")
      .where("repository_id", "=", p.repository_id)
      .where("position", "in", (q) =>
        q.selectFrom("lifecycle_preview_results").select("position").where("repository_id", "=", p.repository_id).limit(p.limit),
      ),
  ),
  query<Batch>()((db, p) =>
    db
      .deleteFrom("storage_transitions")
      .where("repository_id", "=", p.repository_id)
      .where("manifest", "in", (q) =>
        q.selectFrom("storage_transitions").select("manifest").where("repository_id", "=", p.repository_id).limit(p.limit),
      ),
  ),
  query<Batch>()((db, p) =>
    db
      .deleteFrom("tags")
      .where("repository_id", "=", p.repository_id)
      .where("tag", "in", (q) =>
        q.selectFrom("tags").select("tag").where("repository_id", "=", p.repository_id).orderBy("tag").limit(p.limit),
      ),
  ),
  query<Batch>()((db, p) =>
    db
      .deleteFrom("manifest_layers")
      .where("repository_id", "=", p.repository_id)
      .where("manifest", "in", (q) =>
        q
          .selectFrom("manifest_layers")
          .select("manifest")
          .where("repository_id", "=", p.repository_id)
          .orderBy("manifest")
          .limit(p.limit),
      ),
  ),
  query<Batch>()((db, p) =>
    db
      .deleteFrom("manifest_children")
      .where("repository_id", "=", p.repository_id)
      .where("manifest", "in", (q) =>
        q
          .selectFrom("manifest_children")
          .select("manifest")
          .where("repository_id", "=", p.repository_id)
          .orderBy("manifest")
          .limit(p.limit),
      ),
  ),
  query<Batch>()((db, p) =>
    db
      .deleteFrom("deleted_manifests")
      .where("deletion_id", "in", (q) =>
        q.selectFrom("deleted_manifests").select("deletion_id").where("repository_id", "=", p.repository_id).limit(p.limit),
      ),
  ),
  query<Batch>()((db, p) =>
    db
      .deleteFrom("images_in_use")
      .where("repository_id", "=", p.repository_id)
      .where("digest", "in", (q) =>
        q.selectFrom("images_in_use").select("digest").where("repository_id", "=", p.repository_id).limit(p.limit),
      ),
  ),
  query<Batch>()((db, p) =>
    db
      .deleteFrom("lifecycle_runs")
      .where("id", "in", (q) =>
        q.selectFrom("lifecycle_runs").select("id").where("repository_id", "=", p.repository_id).limit(p.limit),
      ),
  ),
  query<Batch>()((db, p) =>
    db
      .deleteFrom("layers")
      .where("repository_id", "=", p.repository_id)
      .where("digest", "in", (q) =>
        q.selectFrom("layers").select("digest").where("repository_id", "=", p.repository_id).limit(p.limit),
      ),
  ),
  query<Batch>()((db, p) =>
    db
      .deleteFrom("uploads")
      .where("repository_id", "=", p.repository_id)
      .where("id", "in", (q) => q.selectFrom("uploads").select("id").where("repository_id", "=", p.repository_id).limit(p.limit)),
  ),
  query<Batch>()((db, p) =>
    db
      .deleteFrom("completed_uploads")
      .where("repository_id", "=", p.repository_id)
      .where("id", "in", (q) =>
        q.selectFrom("completed_uploads").select("id").where("repository_id", "=", p.repository_id).limit(p.limit),
      ),
  ),
];

/** The job that removes what a deleted repository held, once it cannot come back. */
export function sweepRepositoryJob(repository_id: number, due_ms: number): Job {
  return { kind: KIND, key: `${KIND}:${repository_id}`, payload: { repository_id }, due: due_ms };
}

/** The runners of this folder's jobs. */
export function repositoryJobs({ metadata, clock }: Pick<RepositoryDeps, "metadata" | "clock">): readonly KindRunner[] {
  return [
    {
      kind: KIND,
      async run(payload, signal) {
        const { repository_id } = payload as { repository_id: number };
        const until_ms = await metadata.writeGlobal((tx) => giveUp(tx, repository_id, clock.now()));
        if (until_ms !== undefined) return { again_at_ms: until_ms };
        while ((await metadata.writeGlobal((tx) => sweep(tx, repository_id))) > 0) signal.throwIfAborted();
      },
    },
  ];
}

/**
 * Makes sure that a repository cannot come back: this transaction takes its row, or that which restores it does. Returns until
 * when it can, if that is not over: it may have come back and gone again since the job was made.
 */
async function giveUp(tx: Omit<Writer, "registry">, id: number, now_ms: number): Promise<number | undefined> {
  const kept = await tx.first(endOfRepository, { id });
  if (kept !== undefined && kept.restorable_until_ms > now_ms) return kept.restorable_until_ms;
  await tx.run(forgetRepository, { id });
  return undefined;
}

/** Removes one batch of rows that are found through a repository's id no more, and returns how many they were. */
async function sweep(tx: Omit<Writer, "registry">, repository_id: number): Promise<number> {
  // Rows of a repository that is there are never touched, whatever a job says.
  if ((await tx.first(repositoryById, { id: repository_id })) !== undefined) return 0;
  const images = await tx.all(someImages, { repository_id, limit: BATCH_IMAGES });
  if (images.length > 0) {
    // Now, and not when the repository went: there may be a million. Their tags are there until all of them are recorded.
    await recordImagesOf(tx, repository_id, images);
    return tx.run(removeImages, { repository_id, digests: JSON.stringify(images.map((it) => it.digest)) });
  }
  for (const batch of SWEEPS) {
    const removed = await tx.run(batch, { repository_id, limit: BATCH_ROWS });
    if (removed > 0) return removed;
  }
  return 0;
}
