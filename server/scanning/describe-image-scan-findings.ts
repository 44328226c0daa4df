import { imageIdText } from "../images/errors.ts";
import { type InImage, readImage } from "../images/read-image.ts";
import type { Call } from "../kernel/call.ts";
import { RegistryError } from "../kernel/errors.ts";
import { openPageToken } from "../keys/page-token.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";

/**
 * What a scan has found. There is no scanner yet, so it always throws: RepositoryNotFoundException, ImageNotFoundException,
 * InvalidParameterException for a made-up token, ScanNotFoundException.
 */
export async function describeImageScanFindings(
  deps: RepositoryDeps,
  call: Call,
  input: InImage & { readonly nextToken?: string },
): Promise<object> {
  const { registry } = call;
  const { repositoryName, imageId } = input;
  openPageToken(deps.sealer, `DescribeImageScanFindings ${registry.account} ${registry.region}`, input.nextToken);
  await readImage(deps, call, input);
  throw new RegistryError(
    "ScanNotFoundException",
    `Image scan does not exist for the image with '${imageIdText(imageId)}' ` +
      `in the repository with name '${repositoryName}' in the registry with id '${registry.account}'`,
  );
}
