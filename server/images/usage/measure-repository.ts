import { setImmediate as pause } from "node:timers/promises";
import type { RegistryId } from "../../kernel/names.ts";
import type { Metadata, Reader } from "../../platform/metadata/metadata.ts";
import type { Query } from "../../platform/metadata/query.ts";
import { countTagsAfter, deletedLayersAfter, imagesAfter, layersAfter } from "./usage-rows.ts";

/** What a repository, or all that a registry has, takes. Sizes are in bytes, and a layer is counted once in each repository. */
export interface Usage {
  readonly imageCount: number;
  readonly tagCount: number;
  readonly layerCount: number;
  readonly manifestSizeInBytes: number;
  /** All layers: those that images need and those that can be reclaimed. */
  readonly layerSizeInBytes: number;
  readonly neededSizeInBytes: number;
  readonly reclaimableSizeInBytes: number;
  /** Of what can be reclaimed: kept for now, because it can be brought back or was pushed lately. */
  readonly leasedSizeInBytes: number;
  /** Of all layers: those whose bytes lie in the archive. */
  readonly archivedSizeInBytes: number;
  /** Of all layers: those that no other repository of the registry has. */
  readonly uniqueSizeInBytes: number;
  /** Of all layers: those that are not counted at a repository before this one. All repositories together: what is stored. */
  readonly storedSizeInBytes: number;
}

/** A repository to be measured. One that was deleted needs nothing any more. */
export interface Measured {
  readonly id: number;
  readonly name: string;
  readonly isDeleted: boolean;
}

export interface MeasureDeps {
  readonly metadata: Metadata;
  readonly now_ms: number;
  readonly signal: AbortSignal;
}

/** Rows of one batch: a few milliseconds, for reading an embedded database keeps everything else waiting. */
const LAYERS_BATCH_ROWS = 250;
const IMAGES_BATCH_ROWS = 500;
const TAGS_BATCH_ROWS = 5_000;

export const NO_USAGE: Usage = {
  imageCount: 0,
  tagCount: 0,
  layerCount: 0,
  manifestSizeInBytes: 0,
  layerSizeInBytes: 0,
  neededSizeInBytes: 0,
  reclaimableSizeInBytes: 0,
  leasedSizeInBytes: 0,
  archivedSizeInBytes: 0,
  uniqueSizeInBytes: 0,
  storedSizeInBytes: 0,
};

/** The sums of two usages. */
export function addUsage(a: Usage, b: Usage): Usage {
  const sum: Record<string, number> = {};
  for (const key of Object.keys(NO_USAGE) as (keyof Usage)[]) sum[key] = a[key] + b[key];
  return sum as unknown as Usage;
}

/**
 * Measures a repository in many small reads, so that pushes and pulls go on: what changes meanwhile may be counted or not. Of one that
 * was deleted only the layers are. Throws the signal's reason when it is aborted.
 */
export async function measureRepository(deps: MeasureDeps, registry: RegistryId, it: Measured): Promise<Usage> {
  const usage = { ...NO_USAGE };
  const where = { repository: it.id, ...registry, name: it.name };
  if (!it.isDeleted) await countImagesAndTags(deps, registry, it.id, usage);
  const layers: Query<typeof where & Batch, MeasuredLayer> = it.isDeleted ? deletedLayersAfter : layersAfter;
  const read = (tx: Reader, after: string) => tx.all(layers, { ...where, after, limit: LAYERS_BATCH_ROWS });
  for await (const rows of batches(deps, registry, read, (batch) => nextOf(batch, LAYERS_BATCH_ROWS))) {
    for (const row of rows) addLayer(usage, row, deps.now_ms);
  }
  return usage;
}

async function countImagesAndTags(
  deps: MeasureDeps,
  registry: RegistryId,
  repository: number,
  usage: Mutable<Usage>,
): Promise<void> {
  const readImages = (tx: Reader, after: string) => tx.all(imagesAfter, { repository, after, limit: IMAGES_BATCH_ROWS });
  for await (const rows of batches(deps, registry, readImages, (batch) => nextOf(batch, IMAGES_BATCH_ROWS))) {
    usage.imageCount += rows.length;
    for (const { body_size } of rows) usage.manifestSizeInBytes += body_size;
  }
  const readTags = (tx: Reader, after: string) => tx.first(countTagsAfter, { repository, after, limit: TAGS_BATCH_ROWS });
  const nextTag = (row: { count: number; last: string | null } | undefined) =>
    row === undefined || row.count < TAGS_BATCH_ROWS ? undefined : (row.last ?? undefined);
  for await (const row of batches(deps, registry, readTags, nextTag)) usage.tagCount += row?.count ?? 0;
}

interface Batch {
  readonly after: string;
  readonly limit: number;
}

interface MeasuredLayer {
  readonly digest: string;
  readonly size: number;
  readonly leased_until_ms: number;
  readonly needed?: unknown;
  readonly archived: unknown;
  /** Of a repository that was deleted: one that is there. */
  readonly there?: unknown;
  readonly shared: unknown;
  readonly counted: unknown;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

function addLayer(usage: Mutable<Usage>, { size, leased_until_ms, ...layer }: MeasuredLayer, now_ms: number): void {
  usage.layerCount += 1;
  usage.layerSizeInBytes += size;
  if (layer.needed) usage.neededSizeInBytes += size;
  else usage.reclaimableSizeInBytes += size;
  if (!layer.needed && leased_until_ms > now_ms) usage.leasedSizeInBytes += size;
  if (layer.archived) usage.archivedSizeInBytes += size;
  if (!layer.there && !layer.shared) usage.uniqueSizeInBytes += size;
  if (!layer.there && !layer.counted) usage.storedSizeInBytes += size;
}

/** Where the next batch starts, or undefined behind the last one. */
export function nextOf(rows: readonly { readonly digest: string }[], limit: number): string | undefined {
  return rows.length < limit ? undefined : rows.at(-1)?.digest;
}

/** Reads batch after batch, each in a transaction of its own, and lets others come between. `next` tells where one starts. */
export async function* batches<Rows>(
  { metadata, signal }: Pick<MeasureDeps, "metadata" | "signal">,
  registry: RegistryId,
  read: (tx: Reader, after: string) => Promise<Rows>,
  next: (rows: Rows) => string | undefined,
): AsyncGenerator<Rows> {
  for (let after: string | undefined = ""; after !== undefined; ) {
    signal.throwIfAborted();
    const from: string = after;
    const rows = await metadata.read(registry, (tx) => read(tx, from));
    yield rows;
    after = next(rows);
    await pause();
  }
}
