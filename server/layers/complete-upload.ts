import { uptime } from "node:os";
import { Readable } from "node:stream";
import type { Call } from "../kernel/call.ts";
import { RegistryError } from "../kernel/errors.ts";
import { algorithmOf, type Digest, type DigestAlgorithm } from "../kernel/names.ts";
import type { Staged } from "../platform/blobs/blobs.ts";
import type { Writer } from "../platform/metadata/metadata.ts";
import type { UploadRow } from "../platform/metadata/schema.ts";
import { findRepository } from "../repositories/find-repository.ts";
import { setMoved } from "./archive/archive-rows.ts";
import { awaitDeletion } from "./collect/await-deletion.ts";
import { completedUpload, insertCompleted } from "./completed-uploads.ts";
import type { LayerDeps, Sender } from "./deps.ts";
import { addLayer, layerByDigest } from "./layer-rows.ts";
import { healLayers } from "./scrub/damage-rows.ts";
import { deleteClaimed, uploadNotFound, type UploadKey } from "./upload-rows.ts";
import { appendPart, type ClaimedUpload, type Part, writeToUpload } from "./write-to-upload.ts";

type Completion = UploadKey & Partial<Part> & { readonly digest: Digest };

/** `isKnown`: the client has the upload's id, so it may ask again when it does not hear of the end. */
type KnownCompletion = Completion & { readonly isKnown: boolean };

/** `existed`: the repository had the layer before. */
interface Completed {
  readonly size: number;
  readonly existed: boolean;
}

/**
 * Makes an upload a layer of its repository; `body`, when there is one, is its last part. Returns the layer's size.
 * Throws InvalidLayerException when the bytes do not have the digest, and forgets the upload then. To complete again what this
 * caller has completed is a success: the client did not get the answer.
 */
export async function completeUpload(deps: LayerDeps, call: Call, input: Completion): Promise<{ size: number }> {
  const known = { ...input, isKnown: true };
  const { size } = await completeOnce(deps, call, input, (claimed) => completeClaimed(deps, call, known, claimed));
  return { size };
}

/** Claims an upload and runs `complete`, unless this caller has completed it before: then its layer `existed`. Throws UploadNotFoundException. */
export async function completeOnce(
  deps: LayerDeps,
  call: Call,
  input: Completion,
  complete: (claimed: ClaimedUpload) => Promise<Completed>,
): Promise<Completed> {
  try {
    return await writeToUpload(deps, call, input, complete, input.digest);
  } catch (error) {
    if (!(error instanceof RegistryError && error.code === "UploadNotFoundException")) throw error;
    const size = await completedBefore(deps, call, input);
    if (size === undefined) throw error;
    return { size, existed: true };
  }
}

/** The same as completeUpload for an upload that is claimed already, to become this digest. */
export async function completeClaimed(
  deps: LayerDeps,
  call: Call,
  input: KnownCompletion,
  claimed: ClaimedUpload,
): Promise<Completed> {
  const { upload, writer } = claimed;
  const size = await commitClaimed(deps, call, input, claimed);
  return deps.metadata.write(call.registry, async (tx) => {
    const now_ms = deps.clock.now();
    const layer = { repository_id: (await findRepository(tx, input.name)).id, digest: input.digest, size };
    const ended = await tx.run(deleteClaimed, { id: upload.id, writer });
    if (ended === 0 || layer.repository_id !== upload.repository_id) throw uploadNotFound(call, input);
    const existed = (await tx.first(layerByDigest, layer)) !== undefined;
    await noteArrival(tx, input.digest);
    await addLayer(tx, layer, now_ms);
    if (input.isKnown) await tx.run(insertCompleted, { ...upload, digest: input.digest, completed_ms: now_ms });
    return { size, existed };
  });
}

/**
 * Commits the bytes of a claimed upload under its digest, and returns their size. Bytes first, row second: what they are good for
 * is for the caller to write down, with the end of the upload. A crash in between leaves bytes that nobody names, and an upload
 * that can be completed again. Throws InvalidLayerException, and forgets the upload, when they do not have the digest.
 */
export async function commitClaimed(deps: LayerDeps, call: Sender, input: Completion, claimed: ClaimedUpload): Promise<number> {
  const { upload, writer } = claimed;
  const { size, digest } = await receive(deps, call, input, claimed);
  const found = await verifiedDigest(deps, upload, { size, digest }, input.digest);
  await claimed.verify();
  if (found !== input.digest) {
    const ended = await deps.metadata.write(call.registry, (tx) => tx.run(deleteClaimed, { id: upload.id, writer }));
    if (ended > 0) await deps.blobs.discard(upload.id);
    throw invalidLayer();
  }
  if (claimed.isContested) {
    await awaitDeletion(deps, input.digest, claimed.signal);
    await claimed.verify();
  }
  await deps.blobs.commit(upload.id, size, input.digest);
  return size;
}

/** Writes down, for all repositories, that the bytes of a digest have come: they are sound, and not in the archive alone. */
export async function noteArrival(tx: Omit<Writer, "registry">, digest: Digest): Promise<void> {
  await healLayers(tx, digest);
  await tx.run(setMoved, { digest, moved_ms: null });
}

/** What has been received once the last part, if there is one, is in. */
async function receive(deps: LayerDeps, call: Sender, input: Completion, claimed: ClaimedUpload): Promise<Staged> {
  const { upload } = claimed;
  // An empty layer has never been appended to, and committing needs a stage.
  const body = input.body ?? (upload.size === 0 ? Readable.from([]) : undefined);
  if (body !== undefined) return appendPart(deps, call, input, claimed, { ...input, body });
  return { size: upload.size, digest: upload.digest as Digest };
}

/** The digest of what is staged, in the algorithm of the digest that the client claims. */
async function verifiedDigest(deps: LayerDeps, upload: UploadRow, staged: Staged, claimed: Digest): Promise<Digest> {
  const algorithm = algorithmOf(claimed);
  const hashed = (upload.algorithm as DigestAlgorithm) === algorithm;
  if (hashed && !mayHaveLostBytes(deps, upload)) return staged.digest;
  return deps.blobs.digestOf(upload.id, staged.size, algorithm);
}

/**
 * Staged bytes are not flushed before they are committed, but the row that tells of them is. When the machine has been
 * started since, the row may tell of bytes that the disk never got: they are read again then, and only then.
 */
function mayHaveLostBytes(deps: LayerDeps, upload: UploadRow): boolean {
  return upload.size > 0 && upload.touched_ms < deps.clock.now() - uptime() * 1000;
}

/** The layer's size, when this caller has completed this upload with this digest before, and the layer is still there. */
function completedBefore(deps: LayerDeps, call: Call, input: Completion): Promise<number | undefined> {
  return deps.metadata.write(call.registry, async (tx) => {
    const { digest, uploadId: id } = input;
    const { id: repository_id } = await findRepository(tx, input.name);
    const completed = await tx.first(completedUpload, { repository_id, id, principal_id: call.principal.userId, digest });
    if (completed === undefined) return undefined;
    const layer = await tx.first(layerByDigest, { repository_id, digest });
    if (layer === undefined) return undefined;
    await addLayer(tx, { repository_id, digest, size: layer.size }, deps.clock.now());
    return layer.size;
  });
}

/** ECR's words for bytes that have another digest than the client claims. (an answer quoted in dotnet/sdk-container-builds#424) */
function invalidLayer(): RegistryError {
  return new RegistryError("InvalidLayerException", "None of the provided layer digests match the calculated layer digest");
}
