import type { Call, Principal, Session } from "../../kernel/call.ts";
import type { RequestContext } from "../../policies/request.ts";
import type { NewSession } from "./role-session.ts";

type Values = readonly string[] | undefined;

/** The values of condition keys for a request that would begin a session of a role. Names are in lower case. */
export function assumeContext(
  call: Pick<Call, "sourceIp" | "userAgent">,
  now_ms: number,
  { session, sessionName, externalId }: NewSession,
  more: RequestContext,
): RequestContext {
  const known = new Map<string, Values>([
    ["aws:currenttime", [new Date(now_ms).toISOString()]],
    ["aws:epochtime", [String(Math.floor(now_ms / 1000))]],
    ["aws:sourceip", [call.sourceIp]],
    ["aws:useragent", [call.userAgent]],
    ["sts:rolesessionname", [sessionName]],
    ["sts:externalid", optional(externalId)],
    ["sts:sourceidentity", optional(session.sourceIdentity)],
    ["sts:transitivetagkeys", session.transitiveTagKeys],
    ["sts:durationseconds", [String(Math.round((session.expires_ms - session.issued_ms) / 1000))]],
    ["aws:tagkeys", session.tags.map(({ key }) => key)],
    ...session.tags.map(({ key, value }) => [`aws:requesttag/${key.toLowerCase()}`, [value]] as const),
  ]);
  return (key) => known.get(key) ?? more(key);
}

/** The values of condition keys that say who asks. */
export function principalContext({ account, arn, userId, userName, type, session }: Principal): RequestContext {
  const known = new Map<string, Values>([
    ["aws:principalaccount", [account]],
    ["aws:principalarn", [session?.principalArn ?? arn]],
    ["aws:principaltype", [PRINCIPAL_TYPES[type]]],
    ["aws:userid", [userId]],
    ["aws:username", optional(userName)],
    ...sessionContext(session),
  ]);
  return (key) => known.get(key);
}

const PRINCIPAL_TYPES: Readonly<Record<Principal["type"], string>> = {
  root: "Account",
  user: "User",
  "assumed-role": "AssumedRole",
  "federated-user": "FederatedUser",
};

/** AWS: only requests by temporary credentials say whether there was MFA. (IAM User Guide, aws:MultiFactorAuthPresent) */
function sessionContext(session: Session | undefined): readonly (readonly [string, Values])[] {
  if (session === undefined) return [];
  return [
    ["aws:multifactorauthpresent", [String(session.mfa)]],
    ["aws:tokenissuetime", [new Date(session.issued_ms).toISOString()]],
    ["aws:sourceidentity", optional(session.sourceIdentity)],
    ["aws:federatedprovider", optional(session.federatedProvider)],
    ...session.tags.map(({ key, value }) => [`aws:principaltag/${key.toLowerCase()}`, [value]] as const),
  ];
}

function optional(value: string | undefined): Values {
  return value === undefined ? undefined : [value];
}
