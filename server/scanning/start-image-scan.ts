import type { ImageIdentifier } from "../images/errors.ts";
import { findImage, type ImageRow } from "../images/find-image.ts";
import { isContainerImage } from "../images/media-types.ts";
import type { Call } from "../kernel/call.ts";
import { RegistryError } from "../kernel/errors.ts";
import type { RepositoryName } from "../kernel/names.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";
import { findRepository } from "../repositories/find-repository.ts";
import { onRegistry, type RegistryInput } from "../repositories/shapes.ts";
import { readScanningConfiguration } from "./configuration.ts";

/** Input of an operation on the scan of one image. */
export interface ImageScanInput extends RegistryInput {
  readonly repositoryName: RepositoryName;
  readonly imageId: ImageIdentifier;
}

/**
 * Starts to scan an image by hand. There is no scanner yet, so it always throws: RepositoryNotFoundException,
 * ImageNotFoundException, ImageArchivedException, UnsupportedImageTypeException, and at last ValidationException.
 */
export async function startImageScan(deps: RepositoryDeps, reached: Call, input: ImageScanInput): Promise<object> {
  const { registry } = onRegistry(reached, input);
  const { image, scanType } = await deps.metadata.read(registry, async (tx) => ({
    image: await findImage(tx, await findRepository(tx, input.repositoryName), input.imageId),
    scanType: (await readScanningConfiguration(tx)).scanType,
  }));
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
