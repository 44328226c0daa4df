import { AUTHORIZATION_TOKEN_LENGTH_MAX } from "../kernel/limits.ts";

export interface BasicCredentials {
  readonly username: string;
  readonly password: string;
}

const SCHEME = /^basic +/i;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** A user name and a password of the longest kind, in base64. */
const HEADER_LENGTH_MAX = 2 * AUTHORIZATION_TOKEN_LENGTH_MAX;

/** Reads an `Authorization: Basic` header (RFC 7617). Undefined for another scheme and for anything malformed; never throws. */
export function parseBasicCredentials(authorization: string | undefined): BasicCredentials | undefined {
  if (authorization === undefined || authorization.length > HEADER_LENGTH_MAX) return undefined;
  const scheme = SCHEME.exec(authorization);
  if (scheme === null) return undefined;
  const encoded = authorization.slice(scheme[0].length);
  if (!BASE64.test(encoded)) return undefined;
  const text = Buffer.from(encoded, "base64").toString();
  const colon = text.indexOf(":");
  return colon < 0 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}
