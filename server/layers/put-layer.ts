import type { Call } from "../kernel/call.ts";
import { algorithmOf, type RepositoryName } from "../kernel/names.ts";
import type { Writer } from "../platform/metadata/metadata.ts";
import type { RepositoryRow } from "../platform/metadata/schema.ts";
import { findRepository } from "../repositories/find-repository.ts";
import { isBeingDeleted } from "./collect/deleting-rows.ts";
import { completeClaimed } from "./complete-upload.ts";
import type { LayerDeps, Sender } from "./deps.ts";
import type { LayerKey } from "./layer-rows.ts";
import { newUpload } from "./start-upload.ts";
import { deleteClaimed, insertUpload } from "./upload-rows.ts";
import { type Claim, type ClaimedUpload, newWriter, type Part, whileHeld } from "./write-to-upload.ts";

/** A layer that is expected in one request, under the upload that names its bytes until it is a layer. */
export type ExpectedLayer = LayerKey & { readonly claim: Claim };

type Expect = LayerKey & {
  /** Of where the layer is to belong, when that is not the repository that has the name. */
  readonly find?: ((tx: Writer, name: RepositoryName) => Promise<Pick<RepositoryRow, "id">>) | undefined;
};

/** Begins and claims the upload of a layer before its bytes are taken, so that nobody sends them in vain. Throws RepositoryNotFoundException. */
export async function expectLayer(
  deps: LayerDeps,
  call: Sender,
  { name, digest, find = findRepository }: Expect,
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
export async function putLayer(deps: LayerDeps, call: Call, expected: ExpectedLayer, part: Part): Promise<void> {
  const { name, digest, claim } = expected;
  const input = { name, uploadId: claim.upload.id, digest, ...part, isKnown: false };
  await takeExpected(deps, call, expected, (claimed) => completeClaimed(deps, call, input, claimed));
}

/** Runs what completes the upload of an expected layer, and forgets the upload when that throws. */
export async function takeExpected(
  deps: LayerDeps,
  call: Sender,
  { claim }: ExpectedLayer,
  complete: (claimed: ClaimedUpload) => Promise<unknown>,
): Promise<void> {
  const { id } = claim.upload;
  await whileHeld(deps, call, claim, async (claimed) => {
    try {
      await complete(claimed);
    } catch (error) {
      // Nobody but us knows the upload. When even this fails, it is reaped.
      await deps.metadata.writeGlobal((tx) => tx.run(deleteClaimed, { id, writer: claim.writer })).catch(() => undefined);
      await deps.blobs.discard(id);
      throw error;
    }
  });
}
