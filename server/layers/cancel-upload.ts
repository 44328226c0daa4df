import type { Call } from "../kernel/call.ts";
import type { LayerDeps } from "./deps.ts";
import { deleteUpload, findUpload, type UploadKey } from "./upload-rows.ts";

/** Ends an upload and forgets its bytes. A request that is still writing to it fails. Throws UploadNotFoundException. */
export async function cancelUpload(deps: LayerDeps, call: Call, key: UploadKey): Promise<void> {
  await deps.metadata.write(call.registry, async (tx) => {
    const { upload } = await findUpload(tx, call, key);
    await tx.run(deleteUpload, { id: upload.id });
  });
  await deps.blobs.discard(key.uploadId);
}
