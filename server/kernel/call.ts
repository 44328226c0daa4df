import type { AccountId, Arn, RegistryId } from "./names.ts";

/** Who is calling. The unique id is what rights hang on: a principal that is made again under the same ARN is another one. */
export interface Principal {
  readonly type: "root";
  readonly account: AccountId;
  readonly arn: Arn;
  /** ECR: root's user id is its account id. (STS GetCallerIdentity) */
  readonly userId: string;
}

/** How this client reaches us, so that what we answer names hosts that it can reach. */
export interface Naming {
  /** `host[:port]` of a registry, without scheme: what stands before the first slash of a repositoryUri. */
  registryHost(registry: RegistryId): string;
  /** `https://host[:port]` (or http) of a registry: ECR's proxyEndpoint. */
  registryUrl(registry: RegistryId): string;
}

/** One request, as a domain function sees it. The caller's account and the registry's differ when access crosses accounts. */
export interface Call {
  readonly requestId: string;
  readonly principal: Principal;
  readonly registry: RegistryId;
  readonly naming: Naming;
  readonly sourceIp: string;
  readonly userAgent: string;
  /** Aborted when the client has gone or the server stops. */
  readonly signal: AbortSignal;
}
