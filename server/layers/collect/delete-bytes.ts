import type { Digest } from "../../kernel/names.ts";
import { DELETING_LEASE_S } from "../../kernel/limits.ts";
import type { Blobs } from "../../platform/blobs/blobs.ts";
import type { Mark } from "./deleting-rows.ts";

/** At a time: the threads that flush what is pushed are the same. */
const CONCURRENCY = 2;

interface Deletions {
  readonly digests: readonly Digest[];
  /** That they are marked with. */
  readonly mark: Mark;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly onDeleted: (digest: Digest) => void;
  readonly onFailed: (error: unknown) => void;
}

/** When the right to delete begins that a collector takes now. */
export function newMark(collector: string, now_ms: number): Mark {
  return { collector, until_ms: now_ms + DELETING_LEASE_S * 1000 };
}

/**
 * Deletes marked bytes, wherever they are stored: the one way by which the bytes of layers go. Ends early, and leaves the
 * rest, in half of the mark's time, so that clocks of several machines need not agree, and when told to stop.
 */
export async function deleteBytes(blobs: Pick<Blobs, "delete">, deletions: Deletions): Promise<void> {
  const { digests, mark, now, signal, onDeleted, onFailed } = deletions;
  const may = () => now() < mark.until_ms - (DELETING_LEASE_S * 1000) / 2;
  const queue = digests.values();
  const work = async () => {
    for (const digest of queue) {
      if (signal.aborted || !may()) return;
      try {
        if (await blobs.delete(digest, may)) onDeleted(digest);
      } catch (error) {
        onFailed(error);
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
}
