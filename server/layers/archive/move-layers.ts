import type { Clock } from "../../kernel/clock.ts";
import type { Digest } from "../../kernel/names.ts";
import type { BlobStores } from "../../platform/blobs/archiving-blobs.ts";
import { copyBlob } from "../../platform/blobs/copy-blob.ts";
import type { Metadata, Writer } from "../../platform/metadata/metadata.ts";
import {
  anyLayer,
  archivedBlob,
  archivedBlobsAfter,
  archivedImagesAfter,
  layersOfImage,
  removeArchivedBlob,
  repositoryThatKeeps,
  upsertArchivedBlob,
  uploadThatBecomes,
} from "./archive-rows.ts";

/** What moving bytes between the two stores works with. */
export interface ArchiveDeps {
  readonly metadata: Metadata;
  readonly clock: Clock;
  readonly stores: BlobStores;
}

interface Blob {
  readonly digest: Digest;
  readonly size: number;
}
type Tx = Omit<Writer, "registry">;

const BATCH_ROWS = 100;
/** A copy is deleted within this time after that was decided, or not at all: whoever was asleep in between decides again. */
const DECISION_MS_MAX = 30_000;

/**
 * Brings home what something other than an archived image needs, and then moves to the archive what only archived images need.
 * To be run by one process at a time; it may be stopped anywhere, and does the rest the next time. Bytes are at every moment in one
 * of the two stores, and readers look into both.
 */
export async function moveLayers(deps: ArchiveDeps, signal: AbortSignal): Promise<void> {
  for (let after: string | undefined = ""; after !== undefined; ) {
    const from: string = after;
    const rows = await deps.metadata.readGlobal((tx) => tx.all(archivedBlobsAfter, { after: from, limit: BATCH_ROWS }));
    for (const { digest } of rows) await takeHome(deps, digest as Digest, signal);
    after = rows.length < BATCH_ROWS ? undefined : rows.at(-1)?.digest;
  }
  let last = { repository_id: 0, digest: "" };
  for (;;) {
    const images = await deps.metadata.readGlobal((tx) => tx.all(archivedImagesAfter, { ...last, limit: BATCH_ROWS }));
    for (const image of images) {
      const layers = await deps.metadata.readGlobal((tx) => tx.all(layersOfImage, image));
      for (const { digest, size } of layers) await putAway(deps, { digest: digest as Digest, size }, signal);
    }
    const end = images.at(-1);
    if (end === undefined || images.length < BATCH_ROWS) return;
    last = end;
  }
}

/** Copies to the first store what an image needs that is on its way back. What is in the archive stays there until the next move. */
export async function fetchLayers(
  deps: ArchiveDeps,
  image: { readonly repository_id: number; readonly digest: string },
  signal: AbortSignal,
): Promise<void> {
  const layers = await deps.metadata.readGlobal((tx) => tx.all(layersOfImage, image));
  for (const { digest } of layers) {
    const archived = await deps.metadata.readGlobal((tx) => tx.first(archivedBlob, { digest }));
    if (archived !== undefined) await bringHome(deps, digest as Digest, signal);
  }
}

async function putAway(deps: ArchiveDeps, blob: Blob, signal: AbortSignal): Promise<void> {
  const { metadata, clock, stores } = deps;
  signal.throwIfAborted();
  const { digest } = blob;
  const row = await metadata.readGlobal((tx) => tx.first(archivedBlob, { digest }));
  // The usual case: it was moved long ago.
  if (row !== undefined && row.moved_ms !== null && (await stores.first.size(digest)) === undefined) return;
  // The row comes before the bytes: whoever needs them in the first store learns from it where else to look.
  if (!(await metadata.writeGlobal((tx) => noteArchived(tx, blob, null)))) return;
  const copied = await copyBlob(digest, { from: stores.first, to: stores.archive, signal });
  if (copied !== "there") return;
  const decided_ms = clock.now();
  if (!(await metadata.writeGlobal((tx) => noteArchived(tx, blob, decided_ms)))) return;
  if (clock.now() - decided_ms < DECISION_MS_MAX) await stores.first.delete(digest);
}

/** Writes down that a blob is in the archive, unless anything but archived images needs it. Returns whether it did. */
async function noteArchived(tx: Tx, blob: Blob, moved_ms: number | null): Promise<boolean> {
  if (await isNeededNear(tx, blob.digest)) return false;
  await tx.run(upsertArchivedBlob, { ...blob, moved_ms });
  return true;
}

async function isNeededNear(tx: Tx, digest: Digest): Promise<boolean> {
  if ((await tx.first(repositoryThatKeeps, { digest })) !== undefined) return true;
  return (await tx.first(uploadThatBecomes, { digest })) !== undefined;
}

async function takeHome(deps: ArchiveDeps, digest: Digest, signal: AbortSignal): Promise<void> {
  const { metadata, stores } = deps;
  signal.throwIfAborted();
  const [needed, named] = await metadata.readGlobal(async (tx) => [
    (await tx.first(repositoryThatKeeps, { digest })) !== undefined,
    (await tx.first(anyLayer, { digest })) !== undefined,
  ]);
  // Without a name it is the collector's, which takes it from both stores; here only its row is left.
  if (!named && (await stores.archive.size(digest)) === undefined) {
    await metadata.writeGlobal((tx) => tx.run(removeArchivedBlob, { digest }));
  }
  if (!needed) return;
  if ((await bringHome(deps, digest, signal)) !== "there") return;
  await stores.archive.delete(digest);
  // Last: as long as the row is there, somebody looks for a copy that was left.
  await metadata.writeGlobal((tx) => tx.run(removeArchivedBlob, { digest }));
}

function bringHome({ stores }: ArchiveDeps, digest: Digest, signal: AbortSignal): Promise<"there" | "absent" | "damaged"> {
  return copyBlob(digest, { from: stores.archive, to: stores.first, signal });
}
