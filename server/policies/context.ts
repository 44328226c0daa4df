import type { Call, Principal } from "../kernel/call.ts";
import type { AccountId } from "../kernel/names.ts";
import type { Ask } from "../kernel/operation.ts";
import { type RequestContext, rememberContext } from "./request.ts";
import type { PrincipalFacts } from "./stored/principal-facts.ts";
import type { ResourceFacts } from "./stored/resource-facts.ts";

/** What the condition keys of a request are answered from. */
export interface ContextSources {
  readonly call: Call;
  readonly ask: Ask;
  readonly now_ms: number;
  readonly resourceAccount: AccountId | undefined;
  readonly principal: PrincipalFacts;
  /** Absent for a request that is about no repository. */
  readonly resource: ResourceFacts | undefined;
}

type Find = (sources: ContextSources) => readonly string[] | undefined;

/** AWS: how a principal's kind is called. (IAM User Guide, aws:PrincipalType) */
const PRINCIPAL_TYPES: Readonly<Record<Principal["type"], string>> = {
  root: "Account",
  user: "User",
  "assumed-role": "AssumedRole",
  "federated-user": "FederatedUser",
};

/** Global condition keys by name in lower case. (IAM User Guide, AWS global condition context keys) */
const KEYS: Readonly<Record<string, Find>> = {
  "aws:currenttime": ({ now_ms }) => [new Date(now_ms).toISOString()],
  "aws:epochtime": ({ now_ms }) => [String(Math.floor(now_ms / 1000))],
  "aws:securetransport": ({ call }) => [String(call.origin.secure)],
  // AWS: who came through an endpoint of a private network has no address that means anything. (IAM User Guide, aws:SourceIp)
  "aws:sourceip": ({ call: { origin } }) => (origin.vpce === undefined ? [origin.address] : undefined),
  "aws:sourcevpc": ({ call }) => one(call.origin.vpc),
  "aws:sourcevpce": ({ call }) => one(call.origin.vpce),
  "aws:useragent": ({ call }) => one(call.userAgent || undefined),
  "aws:requestedregion": ({ call }) => [call.registry.region],
  // AWS: of a session it is the role, not the session. (IAM User Guide, aws:PrincipalArn)
  "aws:principalarn": ({ call: { principal } }) => [principal.session?.principalArn ?? principal.arn],
  "aws:principalaccount": ({ call }) => [call.principal.account],
  "aws:principaltype": ({ call }) => [PRINCIPAL_TYPES[call.principal.type]],
  "aws:principalisawsservice": () => ["false"],
  "aws:viaawsservice": () => ["false"],
  "aws:userid": ({ call }) => [call.principal.userId],
  "aws:username": ({ call }) => one(call.principal.userName),
  "aws:resourceaccount": ({ resourceAccount }) => one(resourceAccount),
  "aws:tokenissuetime": ({ call: { principal } }) =>
    one(principal.session && new Date(principal.session.issued_ms).toISOString()),
  "aws:multifactorauthpresent": ({ call: { principal } }) => one(principal.session && String(principal.session.mfa)),
  "aws:sourceidentity": ({ call }) => one(call.principal.session?.sourceIdentity),
  "aws:federatedprovider": ({ call }) => one(call.principal.session?.federatedProvider),
  "aws:principalorgid": ({ principal }) => one(principal.membership?.organisationId),
  "aws:principalorgpaths": ({ principal }) => one(principal.membership?.path),
  "aws:resourceorgid": ({ resource }) => one(resource?.membership?.organisationId),
  "aws:resourceorgpaths": ({ resource }) => one(resource?.membership?.path),
};

/** Keys that end in the name of a tag. */
const TAG_KEYS: Readonly<Record<string, (sources: ContextSources, tag: string) => string | undefined>> = {
  "aws:principaltag/": ({ call, principal }, tag) =>
    call.principal.session?.tags.find((it) => it.key.toLowerCase() === tag)?.value ?? principal.tags.get(tag),
  "aws:resourcetag/": ({ resource }, tag) => valueOf(resource, tag),
  "ecr:resourcetag/": ({ resource }, tag) => valueOf(resource, tag),
};

/** The condition keys of a request, each looked up when a policy asks for it. */
export function contextOf(sources: ContextSources): RequestContext {
  return rememberContext((key) => {
    const own = sources.ask.context;
    if (own !== undefined && Object.hasOwn(own, key)) return own[key];
    if (Object.hasOwn(KEYS, key)) return KEYS[key]?.(sources);
    const end = key.indexOf("/") + 1;
    const prefix = key.slice(0, end);
    return Object.hasOwn(TAG_KEYS, prefix) ? one(TAG_KEYS[prefix]?.(sources, key.slice(end))) : undefined;
  });
}

/** Keys that some requests bring, beside those above. (Service Authorization Reference, ECR, IAM and STS) */
const ASKED_KEYS = new Set(["aws:tagkeys", "aws:calledvia", "aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid"]);

/** Does any request have this condition key, whose name is in lower case? Of other vendors than `aws` and `ecr` it is not known. */
export function isContextKey(key: string): boolean {
  const prefix = key.slice(0, key.indexOf("/") + 1);
  const isKnown = Object.hasOwn(KEYS, key) || Object.hasOwn(TAG_KEYS, prefix) || ASKED_KEYS.has(key);
  return isKnown || prefix === "aws:requesttag/" || !/^(?:aws|ecr):/.test(key);
}

/** AWS: the key of a tag is compared whatever its case, as a condition key is. (IAM User Guide, aws:ResourceTag) */
function valueOf(resource: ResourceFacts | undefined, tag: string): string | undefined {
  for (const [key, value] of resource?.tags ?? []) if (key.toLowerCase() === tag) return value;
  return undefined;
}

function one(value: string | undefined): readonly string[] | undefined {
  return value === undefined ? undefined : [value];
}
