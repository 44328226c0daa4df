import type { UnsignedCall } from "../../kernel/operation.ts";
import type { NewSession } from "./role-session.ts";

/** Values of condition keys, by name in lower case. */
export type AssumeContext = Readonly<Record<string, readonly string[]>>;

/** What a request says of the session that it would begin. (IAM User Guide, condition keys of STS) */
export function sessionContext({ session, sessionName, externalId }: NewSession): AssumeContext {
  const { tags, transitiveTagKeys, sourceIdentity, issued_ms, expires_ms } = session;
  return {
    "sts:rolesessionname": [sessionName],
    "sts:durationseconds": [String(Math.round((expires_ms - issued_ms) / 1000))],
    ...(externalId !== undefined && { "sts:externalid": [externalId] }),
    ...(sourceIdentity !== undefined && { "sts:sourceidentity": [sourceIdentity] }),
    ...(transitiveTagKeys.length > 0 && { "sts:transitivetagkeys": transitiveTagKeys }),
    ...(tags.length > 0 && { "aws:tagkeys": tags.map(({ key }) => key) }),
    ...Object.fromEntries(tags.map(({ key, value }) => [`aws:requesttag/${key.toLowerCase()}`, [value]])),
  };
}

/** What is known of a request that nobody has signed. */
export function unsignedContext({ origin, userAgent }: UnsignedCall, now_ms: number): AssumeContext {
  const { address, secure, vpc, vpce } = origin;
  return {
    "aws:currenttime": [new Date(now_ms).toISOString()],
    "aws:epochtime": [String(Math.floor(now_ms / 1000))],
    "aws:securetransport": [String(secure)],
    ...(vpce === undefined ? { "aws:sourceip": [address] } : { "aws:sourcevpce": [vpce] }),
    ...(vpc !== undefined && { "aws:sourcevpc": [vpc] }),
    ...(userAgent !== "" && { "aws:useragent": [userAgent] }),
  };
}
