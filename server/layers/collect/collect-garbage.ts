import { randomUUID } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../kernel/clock.ts";
import type { Digest } from "../../kernel/names.ts";
import type { Metadata, Writer } from "../../platform/metadata/metadata.ts";
import type { LayerDeps } from "../deps.ts";
import { adaptPace } from "./pace.ts";
import { beginTally, type Collection, type Tally } from "./collection.ts";
import { deleteBytes, newMark } from "./delete-bytes.ts";
import { type Mark, markUnnamed, overdueBlobs, removeMarks, takeOverMarks } from "./deleting-rows.ts";
import { LOT_BLOBS, unnamedLots } from "./unnamed-lots.ts";
import {
  anyUnneeded,
  BEFORE_ALL,
  BEHIND_ALL,
  type Place,
  placeBehind,
  removeUnneeded,
  type Stretch,
  stretchOf,
} from "./unneeded-rows.ts";

export type CollectDeps = Pick<LayerDeps, "metadata" | "blobs" | "clock">;

/** How long a batch may keep others from the database. */
const BATCH_MS = 3;
/** How many layers are looked at in one read, at most. */
const AHEAD_ROWS_MAX = 1_000;

interface Run {
  readonly deps: CollectDeps;
  readonly collector: string;
  readonly tally: Tally;
  readonly signal: AbortSignal;
}

/**
 * Collects what nobody needs: layers that no image of their repository needs and whose lease has run out, and bytes that no
 * row names. In small batches between which others get their turn; each is decided in the transaction that deletes. It may be
 * stopped, or die, at any point, and run beside others. Returns what it did until its end, or until `signal`.
 */
export async function collectGarbage(deps: CollectDeps, signal: AbortSignal): Promise<Collection> {
  const tally = beginTally(deps.clock.now());
  const run = { deps, collector: randomUUID(), tally, signal };
  for (const collect of [endUnfinished, collectLayers, collectUnnamed]) if (!signal.aborted) await collect(run);
  return tally.end(deps.metadata, deps.clock.now(), !signal.aborted);
}

/** Ends what collectors began that did not come to its end. */
async function endUnfinished(run: Run): Promise<void> {
  const { deps, signal } = run;
  while (!signal.aborted) {
    const now_ms = deps.clock.now();
    const rows = await deps.metadata.readGlobal((tx) => tx.all(overdueBlobs, { now_ms, limit: LOT_BLOBS }));
    if (rows.length === 0) return;
    const mark = newMark(run.collector, now_ms);
    const digests = rows.map((it) => it.digest as Digest);
    const taken = await deps.metadata.writeGlobal((tx) => takeOverMarks(tx, digests, { ...mark, now_ms }));
    const sizes = new Map<Digest, number>();
    for (const digest of taken) sizes.set(digest, (await deps.blobs.size(digest)) ?? 0);
    await endMarks(run, taken, mark, (digest) => run.tally.add("unfinished", sizes.get(digest) ?? 0));
  }
}

/** Takes layers out of their repositories that nobody needs, and deletes their bytes where no other repository needs those. */
async function collectLayers(run: Run): Promise<void> {
  const { deps, signal, tally } = run;
  const pace = adaptPace(BATCH_MS);
  let ended: Ended | undefined;
  let after: Place | undefined = BEFORE_ALL;
  let ahead = pace.rows;
  while (after !== undefined && !signal.aborted) {
    const { next, stretch } = await nextStretch(deps, after, ahead);
    await setImmediate();
    if (stretch === undefined) {
      // As long as there is nothing to collect, it looks farther and farther ahead.
      ahead = Math.min(2 * ahead, AHEAD_ROWS_MAX);
      after = next;
      if (ended !== undefined) await forget(deps, ended);
      ended = undefined;
      continue;
    }
    const isTooFar = ahead > pace.rows;
    ahead = pace.rows;
    if (isTooFar) continue;
    after = next;
    const mark = newMark(run.collector, deps.clock.now());
    const { removed, marked } = await deps.metadata.writeGlobal((tx) =>
      pace.measure(async () => {
        // Those of the batch before: a transaction of their own would make all others wait twice as often.
        if (ended !== undefined) await removeMarks(tx, ended.digests, ended.mark);
        return removeUnneededLayers(tx, stretch, mark);
      }),
    );
    const freed = new Set<string>(marked);
    const sizes = new Map(removed.map((it) => [it.digest, it.size]));
    // A digest that several repositories gave up is freed once.
    for (const { repository_id, digest, size } of removed) tally.addLayer(repository_id, freed.delete(digest) ? size : 0);
    await deleteMarked(run, marked, mark, (digest) => tally.add("unneeded", sizes.get(digest) ?? 0));
    ended = { digests: marked, mark };
    await pace.rest();
  }
  if (ended !== undefined) await forget(deps, ended);
}

/** Marks that have done their duty. */
interface Ended {
  readonly digests: readonly Digest[];
  readonly mark: Mark;
}

function forget({ metadata }: CollectDeps, { digests, mark }: Ended): Promise<void> {
  return metadata.writeGlobal((tx) => removeMarks(tx, digests, mark));
}

/** Where the walk goes on, if it does, and what to look at on the way there, if there is anything to collect. */
export async function nextStretch(
  { metadata, clock }: { readonly metadata: Pick<Metadata, "readGlobal">; readonly clock: Clock },
  after: Place,
  rows: number,
): Promise<{ next: Place | undefined; stretch: Stretch | undefined }> {
  return metadata.readGlobal(async (tx) => {
    const next = await tx.first(placeBehind, { ...after, skip: rows - 1 });
    const stretch = stretchOf(after, next ?? BEHIND_ALL, clock.now());
    return { next, stretch: (await tx.first(anyUnneeded, stretch)) && stretch };
  });
}

/** Removes the unneeded layers of a stretch, and marks those of their bytes that nothing names any more. */
export async function removeUnneededLayers(tx: Omit<Writer, "registry">, stretch: Stretch, mark: Mark) {
  const removed = await tx.all(removeUnneeded, stretch);
  const digests = new Set(removed.map((it) => it.digest as Digest));
  return { removed, marked: await markUnnamed(tx, [...digests], mark) };
}

/** Deletes the bytes in the store that nothing names: what a process left that died, or a layer that was deleted by itself. */
async function collectUnnamed(run: Run): Promise<void> {
  const { deps, signal, tally } = run;
  for await (const sizes of unnamedLots(deps, deps.blobs.list())) {
    if (signal.aborted) return;
    const mark = newMark(run.collector, deps.clock.now());
    const marked = await deps.metadata.writeGlobal((tx) => markUnnamed(tx, [...sizes.keys()], mark));
    await endMarks(run, marked, mark, (digest) => tally.add("unnamed", sizes.get(digest) ?? 0));
    if (signal.aborted) return;
  }
}

/** Deletes marked bytes, then their marks. What it does not come to loses its mark too, and is found again without a name. */
async function endMarks(run: Run, digests: readonly Digest[], mark: Mark, onDeleted: (digest: Digest) => void): Promise<void> {
  await deleteMarked(run, digests, mark, onDeleted);
  await forget(run.deps, { digests, mark });
}

async function deleteMarked(
  { deps, tally }: Run,
  digests: readonly Digest[],
  mark: Mark,
  onDeleted: (digest: Digest) => void,
): Promise<void> {
  if (digests.length === 0) return;
  const { deleted, failures } = await deleteBytes(deps.blobs, digests, mark, deps.clock.now());
  for (const digest of deleted) onDeleted(digest);
  for (const failure of failures) tally.fail(failure);
}
