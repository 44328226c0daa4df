import { DELETING_LEASE_S } from "../../kernel/limits.ts";
import type { Digest } from "../../kernel/names.ts";
import type { Blobs, Deletions } from "../../platform/blobs/blobs.ts";
import type { Mark } from "./deleting-rows.ts";

/** The right to delete, as a collector takes it now. */
export function newMark(collector: string, now_ms: number): Mark {
  return { collector, until_ms: now_ms + DELETING_LEASE_S * 1000 };
}

/**
 * Deletes marked bytes, wherever they are stored: the one way by which the bytes of layers go. In half of the mark's time, so
 * that the clocks of several machines need not agree; what it has not come to by then stays.
 */
export function deleteBytes(
  blobs: Pick<Blobs, "deleteWithin">,
  digests: readonly Digest[],
  mark: Mark,
  now_ms: number,
): Promise<Deletions> {
  return blobs.deleteWithin(digests, mark.until_ms - now_ms - (DELETING_LEASE_S * 1000) / 2);
}
