import { PRESIGNED_LIFETIME_S_MAX } from "../../kernel/limits.ts";
import { parseAmzDate } from "./amz-date.ts";
import { queryPairs } from "./canonical-request.ts";
import { incomplete, invalid, mismatch, missingAuthentication } from "./refusals.ts";
import { type Headers, headerOf } from "./signed-headers.ts";

/** What a request says about how it was signed. Read, and in the right form, but nothing of it is believed yet. */
export interface Signature {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly terminator: string;
  readonly signedHeaders: readonly string[];
  readonly bytes: Buffer;
  readonly timestamp: string;
  readonly time_ms: number;
  /** How long a presigned request is valid; undefined for a signature in a header. */
  readonly lifetime_s: number | undefined;
  readonly securityToken: string | undefined;
}

const ALGORITHM = "AWS4-HMAC-SHA256";

/**
 * Reads the signature of a request from its Authorization header or its presigned query. Throws
 * MissingAuthenticationTokenException, IncompleteSignatureException or InvalidSignatureException.
 */
export function parseSignature(headers: Headers, query: string, protocol: "json" | "query"): Signature {
  const authorization = headerOf(headers, "authorization");
  const presigned = query === "" ? undefined : presignedParameters(query);
  if (authorization !== undefined && presigned !== undefined) {
    throw incomplete("A request is signed in its Authorization header or in its query parameters, not in both.");
  }
  if (presigned !== undefined) return fromQuery(presigned);
  if (authorization === undefined) throw missingAuthentication(protocol);
  return fromHeader(authorization, headers);
}

function fromHeader(authorization: string, headers: Headers): Signature {
  const space = authorization.indexOf(" ");
  checkAlgorithm(space < 0 ? authorization : authorization.slice(0, space));
  const fields = authorizationFields(authorization.slice(space + 1));
  const timestamp = headerOf(headers, "x-amz-date") ?? headerOf(headers, "date");
  const absent = ["Credential", "Signature", "SignedHeaders"]
    .filter((name) => !fields.has(name))
    .map((name) => `Authorization header requires '${name}' parameter.`);
  if (timestamp === undefined) {
    absent.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  }
  if (absent.length > 0) throw incomplete(absent.join(" "));
  return {
    ...readCredential(fields.get("Credential") ?? ""),
    ...readTimestamp(timestamp ?? ""),
    signedHeaders: readSignedHeaders(fields.get("SignedHeaders") ?? ""),
    bytes: readBytes(fields.get("Signature") ?? ""),
    lifetime_s: undefined,
    securityToken: headerOf(headers, "x-amz-security-token"),
  };
}

function authorizationFields(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const part of text.split(",")) {
    const equals = part.indexOf("=");
    const name = part.slice(0, Math.max(equals, 0)).trim();
    if (name === "")
      throw incomplete("The Authorization header has a part that is not a valid key=value pair (missing equal-sign).");
    if (fields.has(name)) throw incomplete(`The Authorization header has '${name}' more than once.`);
    fields.set(name, part.slice(equals + 1).trim());
  }
  return fields;
}

/** The `X-Amz-*` parameters of a presigned request, or undefined when it is not one. */
function presignedParameters(query: string): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>();
  for (const [name, value] of queryPairs(query)) {
    if (!name.startsWith("X-Amz-")) continue;
    if (parameters.has(name)) throw incomplete(`The query parameter '${name}' must be sent only once.`);
    parameters.set(name, value);
  }
  return parameters.has("X-Amz-Algorithm") || parameters.has("X-Amz-Signature") ? parameters : undefined;
}

function fromQuery(parameters: ReadonlyMap<string, string>): Signature {
  const required = (name: string): string => {
    const value = parameters.get(name);
    if (value === undefined || value === "") throw incomplete(`AWS query-string parameters must include '${name}'.`);
    return value;
  };
  checkAlgorithm(required("X-Amz-Algorithm"));
  const expires = required("X-Amz-Expires");
  const lifetime_s = /^[0-9]{1,7}$/.test(expires) ? Number(expires) : 0;
  if (lifetime_s < 1 || lifetime_s > PRESIGNED_LIFETIME_S_MAX) {
    throw invalid(`X-Amz-Expires must be a number of seconds from 1 to ${PRESIGNED_LIFETIME_S_MAX}.`);
  }
  return {
    ...readCredential(required("X-Amz-Credential")),
    ...readTimestamp(required("X-Amz-Date")),
    signedHeaders: readSignedHeaders(required("X-Amz-SignedHeaders")),
    bytes: readBytes(required("X-Amz-Signature")),
    lifetime_s,
    securityToken: parameters.get("X-Amz-Security-Token"),
  };
}

function checkAlgorithm(algorithm: string): void {
  if (algorithm === ALGORITHM) return;
  if (algorithm === "AWS4-ECDSA-P256-SHA256") {
    throw invalid(`SigV4A (${algorithm}) is not supported here. Sign with ${ALGORITHM}.`);
  }
  throw incomplete(`The request must be signed with ${ALGORITHM}.`);
}

function readCredential(credential: string) {
  const parts = credential.split("/");
  if (parts.length !== 5 || parts.includes("")) {
    throw incomplete("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.");
  }
  const [accessKeyId, date, region, service, terminator] = parts as [string, string, string, string, string];
  return { accessKeyId, date, region, service, terminator };
}

function readTimestamp(timestamp: string) {
  const time_ms = parseAmzDate(timestamp);
  if (time_ms === undefined) throw incomplete("Date must be in ISO-8601 'basic format', such as 20150830T123600Z.");
  return { timestamp, time_ms };
}

function readSignedHeaders(text: string): readonly string[] {
  const names = text.split(";");
  for (const [index, name] of names.entries()) {
    const previous = names[index - 1];
    if (name === "" || name !== name.toLowerCase() || (previous !== undefined && previous >= name)) {
      throw incomplete("SignedHeaders must be header names in lower case, sorted, each once, separated by ';'.");
    }
  }
  return names;
}

function readBytes(signature: string): Buffer {
  if (!/^[0-9a-f]{64}$/.test(signature)) throw mismatch();
  return Buffer.from(signature, "hex");
}
