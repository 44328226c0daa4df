import type { Clock } from "../../kernel/clock.ts";
import type { ListedBlob } from "../../platform/blobs/blobs.ts";
import type { Metadata } from "../../platform/metadata/metadata.ts";
import { nextStretch } from "./collect-garbage.ts";
import { beginTally, type Collection } from "./collection.ts";
import { unnamedLots } from "./unnamed-lots.ts";
import { BEFORE_ALL, type Place, unneededWithin } from "./unneeded-rows.ts";

/** All that a dry run may use: nothing by which anything can be changed. */
interface PreviewDeps {
  readonly metadata: Pick<Metadata, "readGlobal">;
  readonly clock: Clock;
  listBlobs(): AsyncIterable<ListedBlob>;
}

/** Layers that are looked at in one read. */
const STRETCH_ROWS = 1_000;

/** What a collection would do now. What an earlier one has not come to counts as bytes without a name, which they are. */
export async function previewCollection(deps: PreviewDeps, signal: AbortSignal): Promise<Collection> {
  const tally = beginTally(deps.clock.now());
  let after: Place | undefined = BEFORE_ALL;
  while (after !== undefined && !signal.aborted) {
    const { next, stretch } = await nextStretch(deps, after, STRETCH_ROWS);
    after = next;
    const rows = stretch === undefined ? [] : await deps.metadata.readGlobal((tx) => tx.all(unneededWithin, stretch));
    for (const { repository_id, size, frees } of rows) {
      tally.addLayer(repository_id, frees === 1 ? size : 0);
      if (frees === 1) tally.add("unneeded", size);
    }
  }
  for await (const lot of unnamedLots(deps, deps.listBlobs())) {
    if (signal.aborted) break;
    for (const size of lot.values()) tally.add("unnamed", size);
  }
  return tally.end(deps.metadata, deps.clock.now(), !signal.aborted);
}
