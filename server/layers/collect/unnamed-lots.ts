import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../kernel/clock.ts";
import { UNNAMED_AGE_S } from "../../kernel/limits.ts";
import type { Digest } from "../../kernel/names.ts";
import type { ListedBlob } from "../../platform/blobs/blobs.ts";
import type { Metadata } from "../../platform/metadata/metadata.ts";
import { findUnnamed } from "./deleting-rows.ts";

/** Blobs that are looked at together. */
export const LOT_BLOBS = 250;

interface LotDeps {
  readonly metadata: Pick<Metadata, "readGlobal">;
  readonly clock: Clock;
}

/** The sizes of those blobs of a list that nothing names and that are no longer new, in lots. Others get their turn between two. */
export async function* unnamedLots(deps: LotDeps, blobs: AsyncIterable<ListedBlob>): AsyncGenerator<ReadonlyMap<Digest, number>> {
  let lot = new Map<Digest, number>();
  for await (const { digest, size, stored_ms } of blobs) {
    // Bytes that came a moment ago may be somebody's who does not name them first, such as a version before this one.
    if (stored_ms < deps.clock.now() - UNNAMED_AGE_S * 1000) lot.set(digest, size);
    if (lot.size < LOT_BLOBS) continue;
    yield await unnamedOf(deps, lot);
    lot = new Map();
  }
  yield await unnamedOf(deps, lot);
}

async function unnamedOf({ metadata }: LotDeps, lot: ReadonlyMap<Digest, number>): Promise<ReadonlyMap<Digest, number>> {
  await setImmediate();
  const unnamed = await metadata.readGlobal((tx) => findUnnamed(tx, [...lot.keys()]));
  return new Map(unnamed.map((digest) => [digest, lot.get(digest) ?? 0]));
}
