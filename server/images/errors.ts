import { RegistryError } from "../kernel/errors.ts";
import type { Digest, RegistryId } from "../kernel/names.ts";

/** What an image is asked for by. */
export interface ImageIdentifier {
  readonly imageDigest?: string | undefined;
  readonly imageTag?: string | undefined;
}

/** ECR: its texts print `null` for the half that was not given. */
export function imageIdText({ imageDigest = "null", imageTag = "null" }: ImageIdentifier): string {
  return `{imageDigest:'${imageDigest}', imageTag:'${imageTag}'}`;
}

export function imageNotFound(registry: RegistryId, name: string, id: ImageIdentifier): RegistryError {
  return new RegistryError(
    "ImageNotFoundException",
    `The image with imageId ${imageIdText(id)} does not exist ` +
      `within the repository with name '${name}' in the registry with id '${registry.account}'`,
  );
}

/** ECR: docker sees these words for an image that is not there. */
export function requestedImageNotFound(): RegistryError {
  return new RegistryError("ImageNotFoundException", "Requested image not found");
}

/** ECR's words for an image that indexes still hold. (user guide, CloudTrail record of BatchDeleteImage) */
export function referencedByManifestList(parents: readonly string[]): string {
  return `Requested image referenced by manifest list: [${parents.join(", ")}]`;
}

export function invalidManifest(constraint: string): RegistryError {
  return new RegistryError(
    "InvalidManifestException",
    `Invalid parameter at 'ImageManifest' failed to satisfy constraint: '${constraint}'`,
  );
}

/** ECR: word for word. (an answer quoted in mapbox/ecs-conex#50) */
export function layersNotFound(registry: RegistryId, name: string, digests: readonly Digest[]): RegistryError {
  return new RegistryError(
    "LayersNotFoundException",
    `Layers with digests '[${digests.join(", ")}]' required for pushing image into repository with name '${name}' ` +
      `in the registry with id '${registry.account}' do not exist`,
  );
}

export function referencedImagesNotFound(registry: RegistryId, name: string, digests: readonly Digest[]): RegistryError {
  return new RegistryError(
    "ReferencedImagesNotFoundException",
    `Images with digests '[${digests.join(", ")}]' required for pushing image into repository with name '${name}' ` +
      `in the registry with id '${registry.account}' do not exist`,
  );
}

export function imageAlreadyExists(registry: RegistryId, name: string, digest: Digest, tag: string | undefined): RegistryError {
  return new RegistryError(
    "ImageAlreadyExistsException",
    `Image with digest '${digest}' and tag '${tag ?? "null"}' already exists in the repository with name '${name}' ` +
      `in registry with id '${registry.account}'`,
  );
}

export function imageTagAlreadyExists(name: string, tag: string): RegistryError {
  return new RegistryError(
    "ImageTagAlreadyExistsException",
    `The image tag '${tag}' already exists in the '${name}' repository and cannot be overwritten because the tag is immutable.`,
  );
}

export function imageDigestDoesNotMatch(registry: RegistryId, name: string, digest: string): RegistryError {
  return new RegistryError(
    "ImageDigestDoesNotMatchException",
    `The image with digest '${digest}' in repository '${name}' and registry ID '${registry.account}' ` +
      "does not match the image digest that Amazon ECR has calculated.",
  );
}

export function tooManyImages(registry: RegistryId, name: string, max: number): RegistryError {
  return new RegistryError(
    "LimitExceededException",
    `The repository with name '${name}' in registry with id '${registry.account}' already has the maximum allowed number of images ` +
      `which is '${max}'`,
  );
}

export function tooManyTags(registry: RegistryId, name: string, tag: string, max: number): RegistryError {
  return new RegistryError(
    "LimitExceededException",
    `Adding tag '${tag}' to an image in the repository with name '${name}' in registry with id '${registry.account}' ` +
      `exceeds the maximum allowed number of tags per image which is '${max}'`,
  );
}
