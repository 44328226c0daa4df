import { incomplete } from "./refusals.ts";

/** A request's headers: names in lower case, values in the order of arrival. */
export type Headers = ReadonlyMap<string, readonly string[]>;

/** Headers that mean something only once. Node keeps the first of some and joins others, so two readers could disagree. */
const SINGLE = [
  "authorization",
  "host",
  "date",
  "content-type",
  "content-length",
  "x-amz-date",
  "x-amz-target",
  "x-amz-security-token",
  "x-amz-content-sha256",
];

/** Groups raw headers (name, value, name, value …). Throws IncompleteSignatureException when one that must be single is not. */
export function groupHeaders(rawHeaders: readonly string[]): Headers {
  const headers = new Map<string, string[]>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] as string).toLowerCase();
    const value = rawHeaders[at + 1] as string;
    const values = headers.get(name);
    if (values === undefined) headers.set(name, [value]);
    else values.push(value);
  }
  for (const name of SINGLE) {
    if ((headers.get(name)?.length ?? 0) > 1) throw incomplete(`The header '${name}' must be sent only once.`);
  }
  return headers;
}

/** The only value of a header, or undefined when it was not sent. */
export function headerOf(headers: Headers, name: string): string | undefined {
  return headers.get(name)?.[0];
}

/** What must be covered by a signature: the host, whatever AWS gives a meaning to, and what the body is to be read as. */
export function firstUnsigned(headers: Headers, signed: readonly string[]): string | undefined {
  const covered = new Set(signed);
  if (!covered.has("host")) return "host";
  for (const name of headers.keys()) {
    const required = name === "content-type" || name.startsWith("x-amz-");
    if (required && !covered.has(name)) return name;
  }
  return undefined;
}
