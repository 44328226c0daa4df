import type { ImageIdentifier } from "../images/errors.ts";
import { findImage } from "../images/find-image.ts";
import { checkImageId } from "../images/image-id.ts";
import type { Call } from "../kernel/call.ts";
import type { RepositoryName } from "../kernel/names.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";
import { findRepository } from "../repositories/find-repository.ts";
import { onRegistry, type RegistryInput } from "../repositories/shapes.ts";

/** Input of DescribeImageReplicationStatus. */
export interface ImageReplicationInput extends RegistryInput {
  readonly repositoryName: RepositoryName;
  readonly imageId: ImageIdentifier;
}

/** Where an image has been copied to: nowhere yet. Throws RepositoryNotFoundException or ImageNotFoundException. */
export async function describeImageReplicationStatus(
  deps: RepositoryDeps,
  reached: Call,
  { repositoryName, imageId, ...input }: ImageReplicationInput,
): Promise<object> {
  checkImageId("imageId", imageId);
  const { registry } = onRegistry(reached, input);
  const image = await deps.metadata.read(registry, async (tx) =>
    findImage(tx, await findRepository(tx, repositoryName), imageId),
  );
  return { repositoryName, imageId: { ...imageId, imageDigest: image.digest }, replicationStatuses: [] };
}
