import type { Metadata } from "../../platform/metadata/metadata.ts";
import { query } from "../../platform/metadata/query.ts";

/** So many things, and their bytes together. */
export interface Amount {
  readonly count: number;
  readonly bytes: number;
}

/** What one repository gave back. */
export interface RepositoryShare {
  readonly account: string;
  readonly region: string;
  readonly repository: string;
  /** Layers that nobody needed. */
  readonly layers: number;
  /** Of those whose bytes no other repository needed. */
  readonly bytes: number;
}

/** What a collection did, or in a dry run would do. */
export interface Collection {
  readonly started_ms: number;
  readonly ended_ms: number;
  /** False when it was stopped. The next one goes on. */
  readonly isComplete: boolean;
  /** Layers that nobody needs any more, taken out of their repositories. */
  readonly layers: number;
  /** Bytes that were given back because of that. */
  readonly unneeded: Amount;
  /** Bytes that lay in the store without a name. */
  readonly unnamed: Amount;
  /** Bytes that an earlier collection had not come to. */
  readonly unfinished: Amount;
  /** Bytes that could not be deleted, and why the first of them could not. */
  readonly failures: number;
  readonly failure?: string;
  /** Those that gave back most. */
  readonly repositories: readonly RepositoryShare[];
}

/** A collection while it goes on. */
export interface Tally {
  add(reason: "unneeded" | "unnamed" | "unfinished", bytes: number): void;
  /** A layer of a repository; those of one repository follow on each other. */
  addLayer(repository_id: number, freed_bytes: number): void;
  fail(why: string): void;
  /** What has been done by now. */
  end(metadata: Pick<Metadata, "readGlobal">, ended_ms: number, isComplete: boolean): Promise<Collection>;
}

interface Share {
  readonly repository_id: number;
  layers: number;
  bytes: number;
}

const REPOSITORIES_TOLD_MAX = 10;
const NAMELESS = "(a repository that was deleted)";

const repositoryById = query<{ id: number }>()((db, p) =>
  db.selectFrom("repositories").select(["account", "region", "name"]).where("id", "=", p.id),
);

const deletedRepositoryById = query<{ id: number }>()((db, p) =>
  db.selectFrom("deleted_repositories").select(["account", "region", "name"]).where("id", "=", p.id),
);

export function beginTally(started_ms: number): Tally {
  const amounts = { unneeded: { count: 0, bytes: 0 }, unnamed: { count: 0, bytes: 0 }, unfinished: { count: 0, bytes: 0 } };
  let [layers, failures] = [0, 0];
  let failure: string | undefined;
  let largest: readonly Share[] = [];
  let current: Share | undefined;
  const closeRepository = () => {
    if (current === undefined) return;
    const all = [...largest, current].toSorted((a, b) => b.bytes - a.bytes || b.layers - a.layers);
    largest = all.slice(0, REPOSITORIES_TOLD_MAX);
    current = undefined;
  };
  return {
    add(reason, bytes) {
      amounts[reason].count++;
      amounts[reason].bytes += bytes;
    },
    addLayer(repository_id, freed_bytes) {
      if (repository_id !== current?.repository_id) closeRepository();
      current ??= { repository_id, layers: 0, bytes: 0 };
      layers++;
      current.layers++;
      current.bytes += freed_bytes;
    },
    fail(why) {
      failures++;
      failure ??= why;
    },
    async end(metadata, ended_ms, isComplete) {
      closeRepository();
      const repositories = await metadata.readGlobal(async (tx) => {
        const shares: RepositoryShare[] = [];
        for (const { repository_id: id, ...share } of largest) {
          const row = (await tx.first(repositoryById, { id })) ?? (await tx.first(deletedRepositoryById, { id }));
          shares.push({ account: row?.account ?? "", region: row?.region ?? "", repository: row?.name ?? NAMELESS, ...share });
        }
        return shares;
      });
      return { started_ms, ended_ms, isComplete, layers, ...amounts, failures, ...(failure && { failure }), repositories };
    },
  };
}
