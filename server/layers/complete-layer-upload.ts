import type { Call } from "../kernel/call.ts";
import { RegistryError } from "../kernel/errors.ts";
import { LAYER_PART_SIZE_BYTES_MIN } from "../kernel/limits.ts";
import type { Digest } from "../kernel/names.ts";
import type { UploadRow } from "../platform/metadata/schema.ts";
import { completeClaimed, completeOnce } from "./complete-upload.ts";
import type { LayerDeps } from "./deps.ts";
import type { UploadKey } from "./upload-rows.ts";
import type { ClaimedUpload } from "./write-to-upload.ts";

/**
 * Completes an upload by the rules of ECR's API, which /v2/ does not have: throws EmptyUploadException,
 * LayerPartTooSmallException, and LayerAlreadyExistsException for a layer that the repository has; it then has a new lease.
 * So it does where this caller has completed the upload before: a client that did not get the answer takes that for one.
 */
export async function completeLayerUpload(
  deps: LayerDeps,
  call: Call,
  input: UploadKey & { readonly digest: Digest },
): Promise<void> {
  const complete = async (claimed: ClaimedUpload) => {
    checkParts(call, input, claimed.upload);
    return completeClaimed(deps, call, { ...input, isKnown: true }, claimed);
  };
  const { existed } = await completeOnce(deps, call, input, complete);
  if (!existed) return;
  throw new RegistryError(
    "LayerAlreadyExistsException",
    `The layer with digest '${input.digest}' already exists in the repository with name '${input.name}' in the registry with id '${call.registry.account}'`,
  );
}

function checkParts({ registry }: Call, { name, uploadId }: UploadKey, { size, smallest_part }: UploadRow): void {
  if (size === 0) {
    // ECR: word for word. (an answer quoted in devcontainers/cli#814)
    throw new RegistryError(
      "EmptyUploadException",
      `The upload with id '${uploadId}' in the repository with name '${name}' in registry with id '${registry.account}' ` +
        "cannot be completed because it does not have any parts",
    );
  }
  if (smallest_part !== null && smallest_part < LAYER_PART_SIZE_BYTES_MIN) {
    throw new RegistryError("LayerPartTooSmallException", "All layer parts except the last part should be at least 5MB");
  }
}
