/** So many things, and their bytes together. */
export interface Amount {
  readonly count: number;
  readonly bytes: number;
}

/** What one repository gave back. */
export interface RepositoryShare {
  readonly repository_id: number;
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
  readonly failure: string | undefined;
  /** Those that gave back most. */
  readonly repositories: readonly RepositoryShare[];
}

/** A collection while it goes on. */
export interface Tally {
  add(reason: "unneeded" | "unnamed" | "unfinished", bytes: number): void;
  /** A layer of a repository; those of one repository follow on each other. */
  addLayer(repository_id: number, freed_bytes: number): void;
  fail(error: unknown): void;
  /** What has been done by now. */
  end(ended_ms: number, isComplete: boolean): Collection;
}

const REPOSITORIES_TOLD_MAX = 10;

export function beginTally(started_ms: number): Tally {
  const amounts = { unneeded: { count: 0, bytes: 0 }, unnamed: { count: 0, bytes: 0 }, unfinished: { count: 0, bytes: 0 } };
  let [layers, failures] = [0, 0];
  let failure: string | undefined;
  let largest: RepositoryShare[] = [];
  let current = { repository_id: 0, layers: 0, bytes: 0 };
  const closeRepository = () => {
    if (current.layers === 0) return;
    largest = [...largest, current].toSorted((a, b) => b.bytes - a.bytes || b.layers - a.layers).slice(0, REPOSITORIES_TOLD_MAX);
  };
  return {
    add(reason, bytes) {
      amounts[reason].count++;
      amounts[reason].bytes += bytes;
    },
    addLayer(repository_id, freed_bytes) {
      if (repository_id !== current.repository_id) {
        closeRepository();
        current = { repository_id, layers: 0, bytes: 0 };
      }
      layers++;
      current.layers++;
      current.bytes += freed_bytes;
    },
    fail(error) {
      failures++;
      failure ??= error instanceof Error ? error.message : String(error);
    },
    end(ended_ms, isComplete) {
      closeRepository();
      current = { repository_id: 0, layers: 0, bytes: 0 };
      return { started_ms, ended_ms, isComplete, layers, ...amounts, failures, failure, repositories: largest };
    },
  };
}
