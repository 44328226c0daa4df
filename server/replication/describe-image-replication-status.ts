import { type InImage, readImage } from "../images/read-image.ts";
import type { Call } from "../kernel/call.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";

/** Where an image has been copied to: nowhere yet. Throws what `readImage` throws. */
export async function describeImageReplicationStatus(deps: RepositoryDeps, call: Call, input: InImage): Promise<object> {
  const { repositoryName, imageId } = input;
  const { digest } = await readImage(deps, call, input);
  return { repositoryName, imageId: { ...imageId, imageDigest: digest }, replicationStatuses: [] };
}
