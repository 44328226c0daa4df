import { type InImage, readImage } from "../images/read-image.ts";
import type { Call } from "../kernel/call.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";

/** With which profiles an image has been signed: with none yet. Throws what `readImage` throws. */
export async function describeImageSigningStatus(deps: RepositoryDeps, call: Call, input: InImage): Promise<object> {
  const { repositoryName, imageId } = input;
  const { digest } = await readImage(deps, call, input);
  return {
    repositoryName,
    imageId: { ...imageId, imageDigest: digest },
    registryId: call.registry.account,
    signingStatuses: [],
  };
}
