import type { AccountId, Arn, RegistryId } from "./names.ts";

/**
 * Who is calling. The unique id is what rights hang on: a principal that is made again under the same ARN is another one.
 * For a session, `account`, `arn` and `userId` are those of the session, and `session` says what it is a session of.
 */
export interface Principal {
  readonly type: "root" | "user" | "assumed-role" | "federated-user";
  readonly account: AccountId;
  readonly arn: Arn;
  /** ECR: root's user id is its account id; a user's is AIDA…; a role session's AROA…:name. (STS GetCallerIdentity) */
  readonly userId: string;
  /** The unique id of the entity behind it: the account id for root, AIDA… for a user, AROA… for a role. */
  readonly entityId: string;
  /** Of a user: its name. */
  readonly userName?: string;
  /** The long-term key that it came with: whatever is made from that ends when the key does. */
  readonly accessKeyId?: string;
  /** Of temporary credentials. */
  readonly session?: Session;
  /** Of a registry token that may do less than its principal: a policy document that narrows it, like a session policy. */
  readonly scopePolicy?: string;
}

/** What temporary credentials say beside who they are for. */
export interface Session {
  readonly issued_ms: number;
  readonly expires_ms: number;
  /** aws:PrincipalArn of an assumed role: the role's own ARN. */
  readonly principalArn: Arn;
  /** Inline session policy and the ARNs of managed ones: what none of them allows, the session may not. */
  readonly policies: readonly string[];
  readonly policyArns: readonly Arn[];
  /** Session tags, and which of them go on to the next role. */
  readonly tags: readonly { readonly key: string; readonly value: string }[];
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity?: string;
  /** aws:FederatedProvider, for a session by web identity. */
  readonly federatedProvider?: string;
  readonly mfa: boolean;
  /** How it came to be: an assumed role may only assume others for an hour. */
  readonly origin: "assume-role" | "web-identity" | "session-token" | "federation-token";
}

/** Where a request comes from, as far as it is believed. */
export interface Origin {
  /** The client's address: that of the connection, or what proxies that are trusted say. */
  readonly address: string;
  /** Whether the client's own connection is TLS. */
  readonly secure: boolean;
  /** The private network, and the endpoint in it, that the client came through. */
  readonly vpc?: string;
  readonly vpce?: string;
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
  readonly origin: Origin;
  readonly userAgent: string;
  /** Its signal is aborted when the client has gone, and is made when it is first asked for. */
  readonly client: { readonly signal: AbortSignal };
}
