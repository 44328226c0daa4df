import type { Call } from "../kernel/call.ts";
import type { RepositoryName } from "../kernel/names.ts";
import type { Shape } from "../kernel/shape.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";
import { findRepository } from "../repositories/find-repository.ts";
import { REGISTRY_ID, type RegistryInput, REPOSITORY_NAME } from "../repositories/shapes.ts";
import type { ImageIdentifier } from "./errors.ts";
import { findImage, IMAGE_ID, type ImageRow } from "./find-image.ts";
import { checkImageId } from "./image-id.ts";

/** Input of an operation on one image. */
export interface InImage extends RegistryInput {
  readonly repositoryName: RepositoryName;
  readonly imageId: ImageIdentifier;
}

export const IN_IMAGE: Readonly<Record<string, Shape>> = {
  registryId: REGISTRY_ID,
  "repositoryName!": REPOSITORY_NAME,
  "imageId!": IMAGE_ID,
};

/** The image that an input names, in the registry that the call is on. Throws what `findImage` throws, and RepositoryNotFoundException. */
export function readImage(
  { metadata }: Pick<RepositoryDeps, "metadata">,
  { registry }: Call,
  { repositoryName, imageId }: InImage,
): Promise<ImageRow> {
  checkImageId("imageId", imageId);
  return metadata.read(registry, async (tx) => findImage(tx, await findRepository(tx, repositoryName), imageId));
}
