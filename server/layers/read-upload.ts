import type { Call } from "../kernel/call.ts";
import type { LayerDeps } from "./deps.ts";
import { findUpload, type UploadKey } from "./upload-rows.ts";

/** How many bytes of an upload have been received. Throws UploadNotFoundException. */
export async function readUpload(deps: LayerDeps, call: Call, key: UploadKey): Promise<{ size: number }> {
  const { upload } = await deps.metadata.read(call.registry, (tx) => findUpload(tx, call, key));
  return { size: upload.size };
}
