import { isIPv4, isIPv6 } from "node:net";

/** Addresses that begin alike. */
export interface IpRange {
  /** Two of IPv4, eight of IPv6, of 16 bits each. */
  readonly words: readonly number[];
  readonly prefix_bits: number;
}

const WORD_BITS = 16;
const MAPPED_WORDS = 6;
const PREFIX = /^[0-9]{1,3}$/;

/** One address, or a range such as `10.0.0.0/8` or `2001:db8::/32`; undefined for anything else. */
export function parseIpRange(text: string): IpRange | undefined {
  const [address = "", prefix, more] = text.split("/");
  const words = parseWords(address);
  if (words === undefined || more !== undefined) return undefined;
  const length_bits = words.length * WORD_BITS;
  if (prefix === undefined) return unmap({ words, prefix_bits: length_bits });
  if (!PREFIX.test(prefix) || Number(prefix) > length_bits) return undefined;
  return unmap({ words, prefix_bits: Number(prefix) });
}

/** One address, as a range of its own; undefined for anything else. */
export function parseIpAddress(text: string): IpRange | undefined {
  return text.includes("/") ? undefined : parseIpRange(text);
}

/** Is an address in a range? Those of the two families never are in each other's. */
export function contains(range: IpRange, address: IpRange): boolean {
  if (range.words.length !== address.words.length) return false;
  return range.words.every((word, at) => {
    const ignored_bits = WORD_BITS - Math.min(Math.max(range.prefix_bits - at * WORD_BITS, 0), WORD_BITS);
    return word >> ignored_bits === (address.words[at] ?? 0) >> ignored_bits;
  });
}

function parseWords(address: string): readonly number[] | undefined {
  if (isIPv4(address)) return ipv4Words(address);
  if (!isIPv6(address) || address.includes("%")) return undefined;
  const [head = [], tail] = address.split("::").map(wordsOf);
  if (tail === undefined) return head;
  return [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail];
}

/** The words on one side of `::`; the last may be written as an IPv4 address. */
function wordsOf(text: string): readonly number[] {
  if (text === "") return [];
  return text.split(":").flatMap((it) => (it.includes(".") ? ipv4Words(it) : [Number.parseInt(it, 16)]));
}

function ipv4Words(address: string): readonly number[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
  return [a * 256 + b, c * 256 + d];
}

/** An IPv4 address that is written as one of IPv6, `::ffff:10.0.0.1`, as sockets that take both do. */
function unmap(range: IpRange): IpRange {
  const { words, prefix_bits } = range;
  const isMapped = words.length === 8 && words.slice(0, 5).every((it) => it === 0) && words[5] === 0xffff;
  if (!isMapped || prefix_bits < MAPPED_WORDS * WORD_BITS) return range;
  return { words: words.slice(MAPPED_WORDS), prefix_bits: prefix_bits - MAPPED_WORDS * WORD_BITS };
}
