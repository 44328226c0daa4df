import { randomUUID } from "node:crypto";
import type { Clock } from "../../kernel/clock.ts";
import type { Digest } from "../../kernel/names.ts";
import type { Blobs } from "../../platform/blobs/blobs.ts";
import type { Metadata, Writer } from "../../platform/metadata/metadata.ts";
import { deleteBytes, newMark } from "../collect/delete-bytes.ts";
import { markNamed, removeMarks } from "../collect/deleting-rows.ts";

/** One of a blob's two copies, and the transaction that decides whether it may go. */
interface Copy {
  readonly digest: Digest;
  readonly from: Blobs;
  /** Where the other one has to be. */
  readonly other: Blobs;
  readonly decide: (tx: Omit<Writer, "registry">) => Promise<boolean>;
  /** Notes that it has gone. */
  readonly end: (tx: Omit<Writer, "registry">) => Promise<unknown>;
}

/**
 * Deletes one of a blob's two copies, with the mark of a collector: nobody else deletes the other one meanwhile, and no push takes for
 * its own what is about to go. It stays where somebody else is in charge of the bytes just now.
 */
export async function deleteCopy(
  { metadata, clock }: { readonly metadata: Metadata; readonly clock: Clock },
  { digest, from, other, decide, end }: Copy,
): Promise<void> {
  const now_ms = clock.now();
  const mark = newMark(`archive/${randomUUID()}`, now_ms);
  const isMine = await metadata.writeGlobal(async (tx) => (await decide(tx)) && (await markNamed(tx, digest, mark, now_ms)));
  if (!isMine) return;
  try {
    if ((await other.size(digest)) === undefined) return;
    const { deleted, failures } = await deleteBytes(from, [digest], mark, clock.now());
    if (failures[0] !== undefined) throw new Error(failures[0]);
    if (deleted.length > 0) await metadata.writeGlobal(end);
  } finally {
    await metadata.writeGlobal((tx) => removeMarks(tx, [digest], mark));
  }
}
