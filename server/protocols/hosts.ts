import type { Naming } from "../kernel/call.ts";
import { type AccountId, parseAccountId, parseRegion, type Region, type RegistryId } from "../kernel/names.ts";

/**
 * What a Host header means.
 * - `registry`: it names an account and a region, in any of ECR's forms.
 * - `api`: an AWS endpoint such as `api.ecr.us-east-1.amazonaws.com`.
 * - `public`: ECR Public's registry.
 * - `plain`: any other name; it stands for the default registry.
 * - `invalid`: it looks like a registry but names none, or is no host at all.
 */
export interface ResolvedHost {
  readonly kind: "registry" | "api" | "public" | "plain" | "invalid";
  /** The host as the client sent it, lower-cased; empty when there was none or it was malformed. */
  readonly host: string;
  /** The registry that /v2/ means here: the one that the host names, or else the default one. Undefined when `invalid` or `public`. */
  readonly registry: RegistryId | undefined;
  /** The region that an AWS endpoint names; a request's credential scope must agree with it. */
  readonly region: Region | undefined;
  readonly naming: Naming;
}

export interface Hosts {
  /** `host` is a Host header (or containerd's `ns`); `secure` says whether the client came over TLS. Never throws. */
  resolve(host: string | undefined, secure: boolean): ResolvedHost;
}

export interface HostsOptions {
  readonly hostSuffix: string;
  readonly publicUrl?: URL | undefined;
  /** The default registry. */
  readonly account: AccountId;
  readonly region: Region;
  /** Named when a request came without a Host. */
  readonly port: number;
}

/** How one family of host names is spelled, so that an answer names hosts as the client's own endpoint does. */
interface Spelling {
  /** `dkr.ecr`, `dkr.ecr-fips`, `dkr-ecr`. */
  readonly label: string;
  readonly suffix: string;
  readonly port: string;
}

/** Resolved hosts are kept, since each pull needs one. A flood of made-up names costs only a fresh start. */
const RESOLVED_HOSTS_MAX = 1_000;
const HOST_LENGTH_MAX = 260;
const HOST = /^(?<name>[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?|\[[0-9a-f:.]+\])(?<port>:[0-9]{1,5})?$/;
const REGISTRY = /^(?<account>[^.]*)\.(?<label>dkr[.-]ecr(?:-fips)?)\.(?<region>[^.]+)$/;
/** ECR: the partitions that its credential helper knows. (amazon-ecr-credential-helper, api/client.go) */
const OFFICIAL_SUFFIXES = ["amazonaws.com", "amazonaws.com.cn", "amazonaws.eu", "on.aws", "on.amazonwebservices.com.cn"];
/** ECR: the dual-stack endpoint of the API goes with the dual-stack registry names. (ECR user guide, dual-stack endpoints) */
const DUAL_STACK_API_SUFFIX = "api.aws";
const DUAL_STACK_REGISTRY_SUFFIX = "on.aws";
const PUBLIC_REGISTRIES = ["public.ecr.aws", "ecr-public.aws.com"];

/** Makes the table of names that this server answers to. */
export function createHosts(options: HostsOptions): Hosts {
  const resolved = { plain: new Map<string, ResolvedHost>(), secure: new Map<string, ResolvedHost>() };
  return {
    resolve(host, secure) {
      const cache = secure ? resolved.secure : resolved.plain;
      const text = host ?? "";
      const known = cache.get(text);
      if (known !== undefined) return known;
      const fresh = resolveHost(options, text, secure);
      if (text.length > HOST_LENGTH_MAX) return fresh;
      if (cache.size >= RESOLVED_HOSTS_MAX) cache.clear();
      cache.set(text, fresh);
      return fresh;
    },
  };
}

function resolveHost(options: HostsOptions, text: string, secure: boolean): ResolvedHost {
  const scheme = schemeOf(options, secure);
  const own: RegistryId = { account: options.account, region: options.region };
  const parts = text.length <= HOST_LENGTH_MAX ? HOST.exec(text.toLowerCase())?.groups : undefined;
  const { name, port = "" } = parts ?? {};
  if (name === undefined) return resolveNoHost(text, own, plainNaming(options, scheme, undefined));
  const host = name + port;
  const plain = plainNaming(options, scheme, { host, port });
  if (PUBLIC_REGISTRIES.includes(name) || name === `public.ecr.${options.hostSuffix}`) {
    return { kind: "public", host, registry: undefined, region: undefined, naming: plain };
  }
  const found = findInSuffixes(name, options);
  if (found === undefined) return { kind: "plain", host, registry: own, region: undefined, naming: plain };
  const naming = found.spelling === undefined ? plain : spelledNaming({ ...found.spelling, port }, scheme);
  return { kind: found.kind, host, registry: found.registry, region: found.region, naming };
}

function schemeOf({ publicUrl }: HostsOptions, secure: boolean): string {
  return secure || publicUrl?.protocol === "https:" ? "https" : "http";
}

/** A request without a Host is one of an old client and means the default registry; one that is no host means nothing. */
function resolveNoHost(text: string, own: RegistryId, naming: Naming): ResolvedHost {
  if (text === "") return { kind: "plain", host: "", registry: own, region: undefined, naming };
  return { kind: "invalid", host: "", registry: undefined, region: undefined, naming };
}

/** What a name means below one of the suffixes that we answer to. */
function findInSuffixes(name: string, options: HostsOptions): Found | undefined {
  for (const suffix of [options.hostSuffix.toLowerCase(), ...OFFICIAL_SUFFIXES, DUAL_STACK_API_SUFFIX]) {
    if (!name.endsWith(`.${suffix}`)) continue;
    const front = name.slice(0, -suffix.length - 1);
    const found = resolveRegistry(front, suffix) ?? resolveApi(front, suffix, options.account);
    if (found !== undefined) return found;
  }
  return undefined;
}

interface Found {
  readonly kind: "registry" | "api" | "invalid";
  readonly registry: RegistryId | undefined;
  readonly region: Region | undefined;
  readonly spelling: Omit<Spelling, "port"> | undefined;
}

/** `front` is what stands before the suffix: `<account>.dkr.ecr.<region>`. */
function resolveRegistry(front: string, suffix: string): Found | undefined {
  const parts = REGISTRY.exec(front)?.groups;
  if (parts === undefined) return undefined;
  const account = parseAccountId(parts["account"] ?? "");
  const region = parseRegion(parts["region"] ?? "");
  if (account === undefined || region === undefined) {
    return { kind: "invalid", registry: undefined, region: undefined, spelling: undefined };
  }
  const spelling = { label: parts["label"] ?? "dkr.ecr", suffix };
  return { kind: "registry", registry: { account, region }, region: undefined, spelling };
}

/** `front` is `<service>.<region>` with as many labels for the service as it likes: `api.ecr.us-east-1`. */
function resolveApi(front: string, suffix: string, account: AccountId): Found | undefined {
  const dot = front.lastIndexOf(".");
  const region = dot > 0 ? parseRegion(front.slice(dot + 1)) : undefined;
  if (region === undefined) return undefined;
  const spelling =
    suffix === DUAL_STACK_API_SUFFIX ? { label: "dkr-ecr", suffix: DUAL_STACK_REGISTRY_SUFFIX } : { label: "dkr.ecr", suffix };
  return { kind: "api", registry: { account, region }, region, spelling };
}

/** Names for a client whose own endpoint says how registries are spelled. */
function spelledNaming(spelling: Spelling, scheme: string): Naming {
  const registryHost = (registry: RegistryId): string =>
    `${registry.account}.${spelling.label}.${registry.region}.${spelling.suffix}${spelling.port}`;
  return { registryHost, registryUrl: (registry) => `${scheme}://${registryHost(registry)}` };
}

/**
 * Names for a client that came by any other name. The default registry keeps the name that the client used, or the
 * configured public one, which wins: whoever sets it does so because clients cannot use what the server sees.
 */
function plainNaming(options: HostsOptions, scheme: string, from: { host: string; port: string } | undefined): Naming {
  const publicPort = options.publicUrl?.port;
  const port = publicPort === undefined ? (from?.port ?? `:${options.port}`) : publicPort === "" ? "" : `:${publicPort}`;
  const ownHost = options.publicUrl?.host ?? from?.host ?? `localhost:${options.port}`;
  const others = spelledNaming({ label: "dkr.ecr", suffix: options.hostSuffix, port }, scheme);
  const registryHost = (registry: RegistryId): string =>
    registry.account === options.account && registry.region === options.region ? ownHost : others.registryHost(registry);
  return { registryHost, registryUrl: (registry) => `${scheme}://${registryHost(registry)}` };
}
