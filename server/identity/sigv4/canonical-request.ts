import type { Headers } from "./signed-headers.ts";

/**
 * The parts of a request in the one form that both sides sign. Text is one character for one byte (latin1), as Node hands
 * over paths and headers, so what is hashed is what came over the wire.
 */
export interface CanonicalParts {
  readonly method: string;
  /** As received, before `?`. */
  readonly path: string;
  /** As received, after `?`. */
  readonly query: string;
  readonly headers: Headers;
  /** In lower case, sorted. */
  readonly signedHeaders: readonly string[];
  /** Lower-case hex of the SHA-256 of the body. */
  readonly payloadHash: string;
}

/** SigV4's canonical request, or undefined when a header is said to be signed but was not sent. */
export function canonicalRequest(parts: CanonicalParts): string | undefined {
  let text = `${parts.method}\n${canonicalPath(parts.path)}\n${canonicalQuery(parts.query)}\n`;
  for (const name of parts.signedHeaders) {
    const values = parts.headers.get(name);
    if (values === undefined) return undefined;
    text += `${name}:${values.map(canonicalValue).join(",")}\n`;
  }
  return `${text}\n${parts.signedHeaders.join(";")}\n${parts.payloadHash}`;
}

/** Dot segments and empty segments removed, and every segment encoded once more than it was sent: all services but S3. */
export function canonicalPath(path: string): string {
  if (path === "/" || path === "") return "/";
  const kept: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") kept.pop();
    else if (segment !== "" && segment !== ".") kept.push(encode(segment));
  }
  return `/${kept.join("/")}${kept.length > 0 && path.endsWith("/") ? "/" : ""}`;
}

/** Decoded, encoded in one way, sorted by name and then by value; without the signature itself. */
export function canonicalQuery(query: string): string {
  if (query === "") return "";
  const pairs: [name: string, value: string][] = [];
  for (const [name, value] of queryPairs(query)) {
    if (name !== "X-Amz-Signature") pairs.push([encode(name), encode(value)]);
  }
  pairs.sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0));
  return pairs.map(([name, value]) => `${name}=${value}`).join("&");
}

/** The decoded names and values of a query, one character for one byte. An empty part (`&&`) says nothing and is skipped. */
export function queryPairs(query: string): [name: string, value: string][] {
  return query
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const equals = part.indexOf("=");
      return equals < 0 ? [decode(part), ""] : [decode(part.slice(0, equals)), decode(part.slice(equals + 1))];
    });
}

/** A `+` is a space, as the protocols read it: if it were signed as itself, it could be exchanged for `%2B`. */
function decode(text: string): string {
  if (!text.includes("%") && !text.includes("+")) return text;
  return text.replaceAll("+", " ").replace(/%[0-9A-Fa-f]{2}/g, (it) => String.fromCharCode(Number.parseInt(it.slice(1), 16)));
}

function encode(text: string): string {
  if (/^[A-Za-z0-9\-_.~]*$/.test(text)) return text;
  return Buffer.from(text, "latin1").reduce((encoded, byte) => encoded + (ENCODED[byte] as string), "");
}

/** How each byte is written in a canonical request. */
const ENCODED: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return /[A-Za-z0-9\-_.~]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
});

/** Trimmed, inner runs of spaces made one. Not `trim()`: it takes 0xA0 away, which can be half a letter in UTF-8. */
function canonicalValue(value: string): string {
  const single = value.includes("  ") ? value.replace(/ {2,}/g, " ") : value;
  let start = 0;
  let end = single.length;
  while (start < end && isBlank(single.charCodeAt(start))) start++;
  while (end > start && isBlank(single.charCodeAt(end - 1))) end--;
  return single.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
