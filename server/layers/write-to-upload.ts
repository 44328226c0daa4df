import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import type { Call } from "../kernel/call.ts";
import { RegistryError } from "../kernel/errors.ts";
import { UPLOAD_WRITER_LEASE_S } from "../kernel/limits.ts";
import type { Digest, DigestAlgorithm } from "../kernel/names.ts";
import { quotaOf } from "../kernel/quotas.ts";
import type { Staged } from "../platform/blobs/blobs.ts";
import type { UploadRow } from "../platform/metadata/schema.ts";
import { isBeingDeleted } from "./collect/deleting-rows.ts";
import type { LayerDeps, Sender } from "./deps.ts";
import { claimUpload, findUpload, releaseClaim, renewClaim, type UploadKey } from "./upload-rows.ts";

const LEASE_MS = UPLOAD_WRITER_LEASE_S * 1000;
const CLAIM_ATTEMPTS_MAX = 10;
const CLAIM_PAUSE_MS = 100;

/** An upload that this request alone may write to. */
export interface ClaimedUpload {
  readonly upload: UploadRow;
  /** Stands in the row as long as the upload is ours. */
  readonly writer: string;
  /** Aborted with the call, and when the claim is lost. */
  readonly signal: AbortSignal;
  /** Throws when the claim is lost. To be asked before anything that cannot be taken back. */
  verify(): Promise<void>;
  /** Whether the bytes that it is about to become were being deleted when it was claimed for that. */
  readonly isContested: boolean;
}

/** An upload and who may write to it, as the transaction that claimed it left them. */
export interface Claim {
  /** As it was before. */
  readonly upload: UploadRow;
  readonly writer: string;
  readonly until_ms: number;
  readonly isContested: boolean;
}

/** Bytes for an upload, as a client sends them. */
export interface Part {
  /** Where the client believes they start. */
  readonly offset?: number | undefined;
  readonly body: Readable;
  readonly expected_bytes?: number | undefined;
}

/**
 * Runs `work` while nobody else, in this process or another, may write to the upload: the store appends where it is
 * told to, so two writers would mix their bytes under a digest that is right for one of them. The claim is a row, and
 * lapses when its process dies. What `work` leaves claimed is released when it throws. `completing` is the digest of the
 * bytes that `work` is going to commit: from here on they are not collected.
 */
export async function writeToUpload<T>(
  deps: LayerDeps,
  call: Call,
  key: UploadKey,
  work: (claimed: ClaimedUpload) => Promise<T>,
  completing?: Digest,
): Promise<T> {
  const claim = await claimWaiting(deps, call, key, completing);
  const { upload } = claim;
  return whileHeld(deps, call, claim, async (claimed) => {
    try {
      // Whoever let the claim run out may only have been asleep, and still have the stage open.
      if (upload.writer !== null) await deps.blobs.takeOver(upload.id, upload.size);
      return await work(claimed);
    } catch (error) {
      await release(deps, call, upload.id, claim.writer);
      throw error;
    }
  });
}

/** Runs `work` and says meanwhile that the writer of a claim is alive. */
export async function whileHeld<T>(
  deps: LayerDeps,
  call: Sender,
  claim: Claim,
  work: (claimed: ClaimedUpload) => Promise<T>,
): Promise<T> {
  const { upload, writer, until_ms, isContested } = claim;
  const held = holdClaim(deps, call, { id: upload.id, writer, until_ms });
  const signal = AbortSignal.any([call.client.signal, held.lost]);
  try {
    return await work({ upload, writer, signal, verify: held.verify, isContested });
  } finally {
    held.end();
  }
}

/** A writer's name that no other has, and until when it is believed to be alive. */
export function newWriter({ clock }: LayerDeps): { readonly writer: string; readonly until_ms: number } {
  return { writer: randomUUID(), until_ms: clock.now() + LEASE_MS };
}

/** Appends a part to a claimed upload's stage. Throws InvalidLayerPartException when it does not start where the last one ended. */
export function appendPart(deps: LayerDeps, call: Sender, key: UploadKey, claimed: ClaimedUpload, part: Part): Promise<Staged> {
  const { upload, signal } = claimed;
  if (part.offset !== undefined && part.offset !== upload.size) {
    throw invalidPart(call, key, upload.size, `The part starts at byte ${part.offset}, but byte ${upload.size} comes next.`);
  }
  return deps.blobs.append(upload.id, upload.size, part.body, {
    algorithm: upload.algorithm as DigestAlgorithm,
    limit_bytes: quotaOf(deps, "layerSizeBytesMax") - upload.size,
    expected_bytes: part.expected_bytes,
    signal,
  });
}

/** ECR: says with the error which byte was received last. (API model, InvalidLayerPartException) */
export function invalidPart(call: Sender, key: UploadKey, size: number, why: string): RegistryError {
  return new RegistryError("InvalidLayerPartException", why, {
    registryId: call.registry.account,
    repositoryName: key.name,
    uploadId: key.uploadId,
    // There is no last byte of nothing.
    ...(size === 0 ? {} : { lastValidByteReceived: size - 1 }),
  });
}

/**
 * Takes the upload, waiting a little for one who is about to let go of it: a client whose connection broke is often back
 * before we have noticed. Should the other one come to a good end meanwhile, these bytes are not the next ones any more.
 * Throws ServiceUnavailableException when it goes on for longer.
 */
async function claimWaiting(deps: LayerDeps, call: Call, key: UploadKey, completing: Digest | undefined): Promise<Claim> {
  let size: number | undefined;
  let until_ms: number | null = null;
  for (let attempt = 1; attempt <= CLAIM_ATTEMPTS_MAX; attempt++) {
    const { upload, claim } = await tryToClaim(deps, call, key, completing);
    if (claim !== undefined && (size ?? upload.size) === upload.size) return claim;
    size ??= upload.size;
    until_ms = upload.writer_until_ms;
    if (claim !== undefined) {
      await release(deps, call, upload.id, claim.writer);
      throw invalidPart(call, key, upload.size, "Another request has added to this upload in the meantime.");
    }
    await setTimeout(CLAIM_PAUSE_MS, undefined, { signal: call.client.signal });
  }
  throw uploadBusy(deps, until_ms);
}

/**
 * Whoever writes may be a process that has died: its claim then runs out by the time that this names. Nothing is wrong with the
 * request, so it is not told what a chunk in the wrong place is, which clients take for final.
 */
function uploadBusy({ clock }: LayerDeps, until_ms: number | null): RegistryError {
  const retryAfterSeconds = Math.max(1, Math.ceil(((until_ms ?? 0) - clock.now()) / 1000));
  const text = `Another request is writing to this upload, or did until it was cut off. Try again in ${retryAfterSeconds} s.`;
  return new RegistryError("ServiceUnavailableException", text, { retryAfterSeconds });
}

function tryToClaim(
  deps: LayerDeps,
  call: Call,
  key: UploadKey,
  completing: Digest | undefined,
): Promise<{ readonly upload: UploadRow; readonly claim?: Claim }> {
  return deps.metadata.write(call.registry, async (tx) => {
    const { upload } = await findUpload(tx, call, key);
    const by = newWriter(deps);
    const now_ms = deps.clock.now();
    const claimed = await tx.run(claimUpload, { id: upload.id, ...by, now_ms, completing: completing ?? null });
    if (claimed === 0) return { upload };
    const isContested = completing !== undefined && (await isBeingDeleted(tx, completing));
    return { upload, claim: { upload, ...by, isContested } };
  });
}

async function release(deps: LayerDeps, call: Call, id: string, writer: string): Promise<void> {
  // When even this fails, the claim runs out by itself.
  await deps.metadata.write(call.registry, (tx) => tx.run(releaseClaim, { id, writer })).catch(() => undefined);
}

/** Says again and again that the writer is alive, until `end`. `lost` is aborted when it may be so no longer. */
function holdClaim(
  deps: LayerDeps,
  call: Sender,
  { id, writer, until_ms }: { readonly id: string; readonly writer: string; readonly until_ms: number },
) {
  const losing = new AbortController();
  let held_until_ms = until_ms;
  const lose = () => losing.abort(new RegistryError("UploadNotFoundException", "The upload has been ended by another request."));
  const renew = async () => {
    const next_ms = deps.clock.now() + LEASE_MS;
    const renewed = await deps.metadata.write(call.registry, (tx) => tx.run(renewClaim, { id, writer, until_ms: next_ms }));
    if (renewed === 0) lose();
    else held_until_ms = next_ms;
  };
  const beat = setInterval(() => {
    // When this fails the next beat tries again, three times before the claim has run out.
    void renew().catch(() => {
      if (deps.clock.now() >= held_until_ms) lose();
    });
  }, LEASE_MS / 4);
  const verify = async () => {
    // This process may have been asleep since the last beat.
    if (deps.clock.now() >= held_until_ms) await renew();
    losing.signal.throwIfAborted();
  };
  return { lost: losing.signal, verify, end: () => clearInterval(beat) };
}
