import { isIPv4 } from "node:net";

// The part of DER (ITU-T X.690) that certificates are written in: each function returns one encoded value.

const TAGS = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

function encode(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), lengthBytes(content.length), content]);
}

/** Below 128 the length itself; else how many bytes it takes, and those. */
function lengthBytes(length: number): Buffer {
  return length < 0x80 ? Buffer.from([length]) : Buffer.from(withCount(bigEndian(length)));
}

function withCount(bytes: readonly number[]): number[] {
  return [0x80 | bytes.length, ...bytes];
}

function bigEndian(number: number): number[] {
  return number < 0x100 ? [number] : [...bigEndian(Math.floor(number / 0x100)), number % 0x100];
}

export const sequence = (...values: readonly Uint8Array[]): Buffer => encode(TAGS.sequence, ...values);
export const set = (...values: readonly Uint8Array[]): Buffer => encode(TAGS.set, ...values);
export const boolean = (value: boolean): Buffer => encode(TAGS.boolean, Buffer.from([value ? 0xff : 0x00]));
/** Big-endian two's complement, as it is: the first bit is the sign. */
export const integer = (bytes: Uint8Array): Buffer => encode(TAGS.integer, bytes);
/** The first byte says how many bits of the last are unused. */
export const bitString = (bytes: Uint8Array): Buffer => encode(TAGS.bitString, bytes);
export const octetString = (bytes: Uint8Array): Buffer => encode(TAGS.octetString, bytes);
export const utf8 = (text: string): Buffer => encode(TAGS.utf8, Buffer.from(text));

/** A context-specific tag: around whole values, or in place of a primitive value's own tag. */
export function context(number: number, content: Uint8Array, form: "constructed" | "primitive" = "constructed"): Buffer {
  return encode((form === "constructed" ? 0xa0 : 0x80) | number, content);
}

/** `1.2.840.10045.4.3.2`: the first two arcs share a byte, the others are in base 128. */
export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...arcs] = dotted.split(".").map(Number);
  return encode(TAGS.objectId, Buffer.from([first * 40 + second, ...arcs.flatMap(base128)]));
}

function base128(arc: number): number[] {
  const bytes = [arc & 0x7f];
  for (let rest = arc >>> 7; rest > 0; rest >>>= 7) bytes.unshift(0x80 | (rest & 0x7f));
  return bytes;
}

/** To the second. Certificates write years before 2050 with two digits. (RFC 5280, 4.1.2.5) */
export function time(time_ms: number): Buffer {
  const digits = `${new Date(time_ms).toISOString().slice(0, 19).replaceAll(/[-:T]/g, "")}Z`;
  return digits < "2050" ? encode(TAGS.utcTime, Buffer.from(digits.slice(2))) : encode(TAGS.generalizedTime, Buffer.from(digits));
}

/** The 4 or 16 bytes of an IP address. */
export function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split(".").map(Number));
  // WHATWG URLs write an address in its canonical form: hexadecimal groups, the longest run of zeros as `::`.
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [front = [], back = []] = canonical.split("::").map((side) => side.split(":").filter((group) => group !== ""));
  const zeros: string[] = Array.from({ length: 8 - front.length - back.length }, () => "0");
  return Buffer.from([...front, ...zeros, ...back].map((group) => group.padStart(4, "0")).join(""), "hex");
}
