import { imageIdText } from "../images/errors.ts";
import { findImage } from "../images/find-image.ts";
import type { Call } from "../kernel/call.ts";
import { RegistryError } from "../kernel/errors.ts";
import { openPageToken } from "../keys/page-token.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";
import { findRepository } from "../repositories/find-repository.ts";
import { onRegistry } from "../repositories/shapes.ts";
import type { ImageScanInput } from "./start-image-scan.ts";

/**
 * What a scan has found. There is no scanner yet, so it always throws: RepositoryNotFoundException, ImageNotFoundException,
 * InvalidParameterException for a made-up token, ScanNotFoundException.
 */
export async function describeImageScanFindings(
  deps: RepositoryDeps,
  reached: Call,
  input: ImageScanInput & { readonly nextToken?: string },
): Promise<object> {
  const { registry } = onRegistry(reached, input);
  const { repositoryName, imageId } = input;
  openPageToken(deps.sealer, `DescribeImageScanFindings ${registry.account} ${registry.region}`, input.nextToken);
  await deps.metadata.read(registry, async (tx) => findImage(tx, await findRepository(tx, repositoryName), imageId));
  throw new RegistryError(
    "ScanNotFoundException",
    `Image scan does not exist for the image with '${imageIdText(imageId)}' ` +
      `in the repository with name '${repositoryName}' in the registry with id '${registry.account}'`,
  );
}
