import {
  type AccountId,
  type Digest,
  parseAccountId,
  parseDigest,
  parseRegion,
  parseRepositoryName,
  type RegistryId,
  type RepositoryName,
} from "../../kernel/names.ts";

/** An image as a container runtime names it, with its digest. */
export interface ImageReference {
  /** The registry that its host names; undefined for a host that does not say which, and may be any. */
  readonly registry: RegistryId | undefined;
  readonly repositoryName: RepositoryName;
  readonly imageDigest: Digest;
}

const ECR_HOST = /^([0-9]{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]{1,25})\./;

/**
 * Reads what Kubernetes reports as a container's `imageID`: `<host>/<repository>@<digest>`, with a tag before the `@` or without, and
 * with a scheme such as `docker-pullable://` or without. Returns undefined for what names no repository and digest, such as the bare
 * id of an image that was built on the node.
 */
export function parseImageReference(text: string): ImageReference | undefined {
  const scheme = text.indexOf("://");
  const name = scheme === -1 ? text : text.slice(scheme + "://".length);
  const at = name.lastIndexOf("@");
  const imageDigest = at === -1 ? undefined : parseDigest(name.slice(at + 1));
  if (imageDigest === undefined) return undefined;
  const { host, path } = splitHost(name.slice(0, at));
  const colon = path.lastIndexOf(":");
  const repositoryName = parseRepositoryName(colon === -1 ? path : path.slice(0, colon));
  return repositoryName && { registry: registryOf(host), repositoryName, imageDigest };
}

/** What stands before the first slash is a host when it could not be the first part of a repository's name. (distribution/reference) */
function splitHost(name: string): { readonly host: string; readonly path: string } {
  const slash = name.indexOf("/");
  const host = name.slice(0, Math.max(slash, 0));
  const isHost = host.includes(".") || host.includes(":") || host === "localhost";
  return isHost ? { host, path: name.slice(slash + 1) } : { host: "", path: name };
}

function registryOf(host: string): RegistryId | undefined {
  const [, digits = "", name = ""] = ECR_HOST.exec(host) ?? [];
  const account: AccountId | undefined = parseAccountId(digits);
  const region = parseRegion(name);
  return account === undefined || region === undefined ? undefined : { account, region };
}
