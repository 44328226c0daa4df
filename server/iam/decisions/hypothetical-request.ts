import type { Call, Naming, Principal } from "../../kernel/call.ts";
import { type Arn, parseAccountId, parseRegion, type Region } from "../../kernel/names.ts";
import type { Ask } from "../../kernel/operation.ts";

/** A request that nobody has made. */
export interface HypotheticalRequest {
  readonly principal: Principal;
  readonly action: string;
  /** An ARN, or `*`. */
  readonly resource: string;
  /** Values of condition keys, whose names are in any case. */
  readonly context: ReadonlyMap<string, readonly string[]>;
  /** Where a resource without a region would be. */
  readonly region: Region;
}

/** What every real request has and this one has not, unless its context says. A key with no values is one that is not there. */
const UNKNOWN = {
  "aws:sourceip": [],
  "aws:useragent": [],
  "aws:securetransport": [],
  "aws:tokenissuetime": [],
  "aws:multifactorauthpresent": [],
} as const;

const NO_NAMING: Naming = { registryHost: () => "", registryUrl: () => "" };

/** The question to the authorizer that a request comes to. What is stored of principal and resource is looked up, as for any. */
export function hypotheticalCall(request: HypotheticalRequest): { readonly call: Call; readonly ask: Ask } {
  const { principal, action, resource, region } = request;
  const [, , , arnRegion = "", owner = ""] = resource.split(":", 5);
  const given = [...request.context].map(([key, values]) => [key.toLowerCase(), values] as const);
  return {
    call: {
      requestId: "",
      principal,
      registry: { account: parseAccountId(owner) ?? principal.account, region: parseRegion(arnRegion) ?? region },
      naming: NO_NAMING,
      origin: { address: "", secure: false },
      userAgent: "",
      client: new AbortController(),
    },
    ask: { action, resource: resource as Arn, context: { ...UNKNOWN, ...Object.fromEntries(given) } },
  };
}
