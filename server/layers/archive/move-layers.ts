import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../kernel/clock.ts";
import type { Digest } from "../../kernel/names.ts";
import type { BlobStores } from "../../platform/blobs/archiving-blobs.ts";
import { copyBlob, type Copying } from "../../platform/blobs/copy-blob.ts";
import type { Metadata, Writer } from "../../platform/metadata/metadata.ts";
import { recheckJob } from "../scrub/recheck.ts";
import {
  archivedBlob,
  archivedBlobsAfter,
  archivedImagesAfter,
  insertArchivedBlob,
  layersNotMoved,
  layersOfImage,
  removeArchivedBlob,
  repositoryThatKeeps,
  repositoryThatNeeds,
  setMoved,
  uploadThatBecomes,
} from "./archive-rows.ts";
import { deleteCopy } from "./delete-copy.ts";

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
interface ArchivedImage {
  readonly repository_id: number;
  readonly digest: string;
}
type Tx = Omit<Writer, "registry">;

const BATCH_ROWS = 100;

/**
 * Brings home what an image needs that is not archived, and then moves to the archive what only archived images need. To be run by one
 * process at a time; it may be stopped anywhere, and does the rest the next time. Bytes are at every moment in one of the two stores,
 * and readers look into both. What cannot be moved does not keep the rest from it: a disk that is full gets room by what goes away
 * from there. Returns the first failure.
 */
export async function moveLayers(deps: ArchiveDeps, signal: AbortSignal): Promise<unknown> {
  let failure: unknown;
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    signal.throwIfAborted();
    try {
      await work();
    } catch (error) {
      signal.throwIfAborted();
      failure ??= error;
    }
  };
  for (let after: string | undefined = ""; after !== undefined; ) {
    const from: string = after;
    const rows = await deps.metadata.readGlobal((tx) => tx.all(archivedBlobsAfter, { after: from, limit: BATCH_ROWS }));
    for (const { digest, needed, named } of rows) {
      if (needed !== null) await attempt(() => takeHome(deps, digest as Digest, signal));
      else if (named === null) await attempt(() => forget(deps, digest as Digest));
    }
    await setImmediate();
    after = rows.length < BATCH_ROWS ? undefined : rows.at(-1)?.digest;
  }
  let last: ArchivedImage | undefined = { repository_id: 0, digest: "" };
  while (last !== undefined) {
    const from: ArchivedImage = last;
    const images = await deps.metadata.readGlobal((tx) => tx.all(archivedImagesAfter, { ...from, limit: BATCH_ROWS }));
    for (const image of images) {
      const layers = await deps.metadata.readGlobal((tx) => tx.all(layersNotMoved, image));
      for (const { digest, size } of layers) await attempt(() => putAway(deps, { digest: digest as Digest, size }, signal));
    }
    last = images.length < BATCH_ROWS ? undefined : images.at(-1);
    await setImmediate();
  }
  return failure;
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
  const { digest } = blob;
  // The row comes before the bytes: whoever needs them in the first store learns from it where else to look.
  if (!(await metadata.writeGlobal((tx) => noteArchived(tx, blob)))) return;
  if (!(await copy(deps, digest, { from: stores.first, to: stores.archive, signal }))) return;
  const decide = (tx: Tx) => noteArchived(tx, blob);
  const end = (tx: Tx) => tx.run(setMoved, { digest, moved_ms: clock.now() });
  await deleteCopy(deps, { digest, from: stores.first, other: stores.archive, decide, end });
}

/** Writes down that a blob is in the archive, unless anything but archived images needs it. Returns whether it did. */
async function noteArchived(tx: Tx, blob: Blob): Promise<boolean> {
  if (await isNeededNear(tx, blob.digest)) return false;
  await tx.run(insertArchivedBlob, blob);
  return true;
}

async function isNeededNear(tx: Tx, digest: Digest): Promise<boolean> {
  if ((await tx.first(repositoryThatKeeps, { digest })) !== undefined) return true;
  return (await tx.first(uploadThatBecomes, { digest })) !== undefined;
}

/** What an image needed that was deleted stays where it is: nobody reads it before the image is brought back. */
async function takeHome(deps: ArchiveDeps, digest: Digest, signal: AbortSignal): Promise<void> {
  const { stores } = deps;
  if (!(await bringHome(deps, digest, signal))) return;
  const decide = async (tx: Tx) => (await tx.first(repositoryThatNeeds, { digest })) !== undefined;
  // Last: as long as the row is there, somebody looks for a copy that was left.
  const end = (tx: Tx) => tx.run(removeArchivedBlob, { digest });
  await deleteCopy(deps, { digest, from: stores.archive, other: stores.first, decide, end });
}

/** Without a name it is the collector's, which takes it from both stores; here only its row is left. */
async function forget({ metadata, stores }: ArchiveDeps, digest: Digest): Promise<void> {
  if ((await stores.archive.size(digest)) !== undefined) return;
  await metadata.writeGlobal((tx) => tx.run(removeArchivedBlob, { digest }));
}

async function bringHome(deps: ArchiveDeps, digest: Digest, signal: AbortSignal): Promise<boolean> {
  // Before the bytes, too: if the image goes away again, somebody looks for them here.
  await deps.metadata.writeGlobal((tx) => tx.run(setMoved, { digest, moved_ms: null }));
  return copy(deps, digest, { from: deps.stores.archive, to: deps.stores.first, signal });
}

/** Returns whether the blob is in both stores now; where neither has its bytes as they were, they are looked at as damaged ones. */
async function copy({ metadata, clock }: ArchiveDeps, digest: Digest, between: Copying): Promise<boolean> {
  if ((await copyBlob(digest, between)) === "there") return true;
  // Soon: until then a push is told that the layer is there, and does not send it.
  await metadata.writeGlobal((tx) => tx.enqueue({ ...recheckJob(digest, clock.now()), due: clock.now(), hasten: true }));
  return false;
}
