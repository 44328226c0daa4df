import type { ImageRow } from "../images/find-image.ts";
import { isContainerImage } from "../images/media-types.ts";
import { type InImage, readImage } from "../images/read-image.ts";
import type { Call } from "../kernel/call.ts";
import { RegistryError } from "../kernel/errors.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";
import { readScanningConfiguration } from "./configuration.ts";

/**
 * Starts to scan an image by hand. There is no scanner yet, so it always throws: RepositoryNotFoundException,
 * ImageNotFoundException, ImageArchivedException, UnsupportedImageTypeException, and at last ValidationException.
 */
export async function startImageScan(deps: RepositoryDeps, call: Call, input: InImage): Promise<object> {
  const image = await readImage(deps, call, input);
  const { scanType } = await deps.metadata.read(call.registry, readScanningConfiguration);
  // ECR: with enhanced scanning there is nothing to start by hand. (ecr-scan-image#44)
  if (scanType === "ENHANCED") throw new RegistryError("ValidationException", "This feature is disabled");
  checkScannable(image);
  throw new RegistryError("ValidationException", "This feature is disabled: this server has no image scanner yet.");
}

function checkScannable({ status, media_type, artifact_type }: ImageRow): void {
  if (status !== "ACTIVE")
    throw new RegistryError("ImageArchivedException", "The specified image is archived and cannot be scanned.");
  if (isContainerImage(media_type, artifact_type)) return;
  // ECR: in these words. (ecr-scan-image#43)
  throw new RegistryError(
    "UnsupportedImageTypeException",
    `An artifact with media type '${artifact_type ?? media_type}' cannot be scanned. For more information, see the Amazon ECR documentation.`,
  );
}
