import type { Call } from "../kernel/call.ts";
import { RegistryError } from "../kernel/errors.ts";
import type { LayerDeps } from "./deps.ts";
import { recordAppend, uploadExists, uploadNotFound, type UploadKey } from "./upload-rows.ts";
import { appendPart, type Part, writeToUpload } from "./write-to-upload.ts";

/** Bytes for an upload. `parts_max` bounds in how many pieces it may come, where the protocol has such a bound. */
type Appendage = UploadKey & Part & { readonly parts_max?: number };

/**
 * Appends to an upload, and writes down how much has been received and what its digest is so far, so that any process
 * can go on from there. Returns the size of all that was received.
 * Throws InvalidLayerPartException when `offset` is not where the last part ended, ServiceUnavailableException while another
 * request is writing.
 */
export async function appendToUpload(deps: LayerDeps, call: Call, input: Appendage): Promise<{ size: number }> {
  return writeToUpload(deps, call, input, async (claimed) => {
    const { upload, writer } = claimed;
    if (upload.parts >= (input.parts_max ?? Number.POSITIVE_INFINITY)) {
      throw new RegistryError(
        "LimitExceededException",
        `The upload already has the maximum allowed number of layer parts which is '${input.parts_max}'`,
      );
    }
    const staged = await appendPart(deps, call, input, claimed, input);
    const recorded = await deps.metadata.write(call.registry, (tx) =>
      tx.run(recordAppend, {
        id: upload.id,
        writer,
        size: staged.size,
        digest: staged.digest,
        // ECR's rule about small parts spares the last one, so the smallest is known only among those before it.
        parts: upload.parts + 1,
        smallest_part: upload.parts === 0 ? null : Math.min(upload.smallest_part ?? upload.last_part, upload.last_part),
        last_part: staged.size - upload.size,
        now_ms: deps.clock.now(),
      }),
    );
    if (recorded === 0) {
      // When it was cancelled while we wrote, nobody else will forget these bytes. When it was taken over, they are another's.
      const exists = await deps.metadata.read(call.registry, (tx) => uploadExists(tx, upload));
      if (!exists) await deps.blobs.discard(upload.id);
      throw uploadNotFound(call, input);
    }
    return { size: staged.size };
  });
}
