import type { Call } from "../kernel/call.ts";
import { parseAccountId, parseRegion, type RegistryId } from "../kernel/names.ts";

/** ECR: UpstreamRegistry. (API model) */
export const UPSTREAM_REGISTRIES = [
  "ecr",
  "ecr-public",
  "quay",
  "k8s",
  "docker-hub",
  "github-container-registry",
  "azure-container-registry",
  "gitlab-container-registry",
  "chainguard",
] as const;
export type UpstreamRegistry = (typeof UPSTREAM_REGISTRIES)[number];

/**
 * What an upstream is shown: nothing; always a secret of Secrets Manager; or an IAM role, where it is another account's.
 * ECR: User Guide, pull-through-cache-creating-rule.
 */
export const SHOWN_TO: Readonly<Record<UpstreamRegistry, "nothing" | "secret" | "role">> = {
  ecr: "role",
  "ecr-public": "nothing",
  quay: "nothing",
  k8s: "nothing",
  "docker-hub": "secret",
  "github-container-registry": "secret",
  "azure-container-registry": "secret",
  "gitlab-container-registry": "secret",
  chainguard: "secret",
};

const HOSTS: ReadonlyMap<string, UpstreamRegistry> = new Map([
  ["public.ecr.aws", "ecr-public"],
  ["registry.k8s.io", "k8s"],
  ["quay.io", "quay"],
  ["registry-1.docker.io", "docker-hub"],
  ["ghcr.io", "github-container-registry"],
  ["registry.gitlab.com", "gitlab-container-registry"],
  ["cgr.dev", "chainguard"],
]);
const AZURE_HOST = /^[a-z0-9][a-z0-9-]{0,62}\.azurecr\.io$/;
const ECR_HOST = /^([0-9]{12})\.dkr\.ecr\.([a-z0-9-]{2,25})\./;
/** ECR: in China there are no rules, and elsewhere none for it. (user guide, pull-through-cache; measured by cdk-preflight, 2026-09) */
const AWS_SUFFIX = "amazonaws.com";

/**
 * The upstream that a URL names, or undefined when it is none that images can be pulled from.
 * ECR: a URL is a host name as the table has it: without a scheme, a path or capitals. (measured by cdk-preflight, 2026-09)
 */
export function upstreamOf(call: Call, url: string): UpstreamRegistry | undefined {
  if (AZURE_HOST.test(url)) return "azure-container-registry";
  return privateRegistryOf(call, url) === undefined ? HOSTS.get(url) : "ecr";
}

/** The private registry, on AWS or here, whose host name a URL is; undefined for every other. */
export function privateRegistryOf(call: Call, url: string): RegistryId | undefined {
  const [start = "", accountText = "", regionText = ""] = ECR_HOST.exec(url) ?? [];
  const account = parseAccountId(accountText);
  const region = parseRegion(regionText);
  if (account === undefined || region === undefined) return undefined;
  const isHere = url === call.naming.registryHost({ account, region });
  return isHere || url.slice(start.length) === AWS_SUFFIX ? { account, region } : undefined;
}
