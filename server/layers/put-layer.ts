import type { Readable } from "node:stream";
import type { Call } from "../kernel/call.ts";
import { algorithmOf } from "../kernel/names.ts";
import { type FindRepository, findRepository } from "../repositories/find-repository.ts";
import { isBeingDeleted } from "./collect/deleting-rows.ts";
import { completeClaimed } from "./complete-upload.ts";
import type { LayerDeps } from "./deps.ts";
import type { LayerKey } from "./layer-rows.ts";
import { newUpload } from "./start-upload.ts";
import { deleteClaimed, insertUpload } from "./upload-rows.ts";
import { type Claim, newWriter, whileHeld } from "./write-to-upload.ts";

/** A layer that is expected in one request, under the upload that names its bytes until it is a layer. */
export type ExpectedLayer = LayerKey & { readonly claim: Claim };

/** Begins and claims the upload of a layer before its bytes are taken, so that nobody sends them in vain. Throws RepositoryNotFoundException. */
export async function expectLayer(
  deps: LayerDeps,
  call: Call,
  { name, digest, find = findRepository }: LayerKey & { readonly find?: FindRepository | undefined },
): Promise<ExpectedLayer> {
  const { writer, until_ms } = newWriter(deps);
  return deps.metadata.write(call.registry, async (tx) => {
    const upload = newUpload(deps, call, await find(tx, name), algorithmOf(digest));
    await tx.run(insertUpload, { ...upload, writer, writer_until_ms: until_ms, completing: digest });
    return { name, digest, claim: { upload, writer, until_ms, isContested: await isBeingDeleted(tx, digest) } };
  });
}

/**
 * Takes a whole layer in one request, which was expected before. Throws InvalidLayerException when its bytes do not have the
 * digest, and RepositoryNotFoundException when the repository has gone.
 */
export async function putLayer(
  deps: LayerDeps,
  call: Call,
  { name, digest, claim }: ExpectedLayer,
  part: { readonly body: Readable; readonly expected_bytes?: number | undefined },
): Promise<void> {
  const { id } = claim.upload;
  await whileHeld(deps, call, claim, async (claimed) => {
    try {
      await completeClaimed(deps, call, { name, uploadId: id, digest, ...part }, claimed);
    } catch (error) {
      // Nobody but us knows the upload. When even this fails, it is reaped.
      await deps.metadata.writeGlobal((tx) => tx.run(deleteClaimed, { id, writer: claim.writer })).catch(() => undefined);
      await deps.blobs.discard(id);
      throw error;
    }
  });
}
