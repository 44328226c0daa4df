import { LAYER_SIZE_BYTES_MAX } from "./kernel/limits.ts";
import { type IpRange, parseIpRange } from "./policies/ip-range.ts";

/** What the texts of settings mean. Each function returns undefined for a text that is not allowed. */

const HOST_NAME_LENGTH_MAX = 253;
const HOST_NAME = /^(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*$/;
const DURATION = /^([0-9]{1,9})(s|m|h|d|)$/;
const DURATION_UNITS_S: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 60 * 60, d: 24 * 60 * 60 };
/** The largest bound on what is counted. */
export const QUOTA_MAX = 1_000_000;
const RATE = /^([A-Za-z]{1,64})=([0-9]{1,7})$/;
const RATE_MAX = 1_000_000;
const SIZE = /^([0-9]{1,15})(B|KiB|MiB|GiB|TiB|)$/;
const SIZE_UNITS_BYTES: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** A whole number between two, both allowed. */
export function parseInteger(text: string, min: number, max: number): number | undefined {
  const number = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN;
  return number >= min && number <= max ? number : undefined;
}

/** Seconds: a number, or one with `s`, `m`, `h` or `d` behind it. */
export function parseDuration(text: string, min_s: number, max_s: number): number | undefined {
  const [, digits, unit] = DURATION.exec(text) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  const duration_s = Number(digits) * (DURATION_UNITS_S[unit] ?? Number.NaN);
  return duration_s >= min_s && duration_s <= max_s ? duration_s : undefined;
}

/** Bytes: a number, or one with a unit behind it, up to the largest layer that there may be. */
export function parseSize(text: string): number | undefined {
  const [, digits, unit] = SIZE.exec(text) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  const size = Number(digits) * (SIZE_UNITS_BYTES[unit] ?? Number.NaN);
  return size >= 1 && size <= LAYER_SIZE_BYTES_MAX ? size : undefined;
}

/** A bound that a registry is counted up to. */
export function parseQuota(text: string): number | undefined {
  return text === "unlimited" ? Number.POSITIVE_INFINITY : parseInteger(text, 1, QUOTA_MAX);
}

/** Calls a second, by operation. */
export function parseRates(text: string): ReadonlyMap<string, number> | undefined {
  const rates = new Map<string, number>();
  for (const part of text.split(",")) {
    const [, operation, digits] = RATE.exec(part.trim()) ?? [];
    const rate = parseInteger(digits ?? "", 1, RATE_MAX);
    if (operation === undefined || rate === undefined || rates.has(operation)) return undefined;
    rates.set(operation, rate);
  }
  return rates;
}

/** Addresses and ranges with commas between; `none` is an empty list. */
export function parseProxies(text: string): readonly IpRange[] | undefined {
  if (text === "none") return [];
  const ranges = text.split(",").map((it) => parseIpRange(it.trim()));
  return ranges.every((it) => it !== undefined) ? ranges : undefined;
}

/** One of some words. */
export function parseChoice<Choice extends string>(text: string, choices: readonly Choice[]): Choice | undefined {
  return choices.find((choice) => choice === text);
}

/** Where a file or a folder is. */
export function parsePath(text: string): string | undefined {
  return text === "" || text.includes("\0") ? undefined : text;
}

/** A name in the DNS, in small letters. */
export function parseHostName(text: string): string | undefined {
  const name = text.toLowerCase();
  return name.length <= HOST_NAME_LENGTH_MAX && HOST_NAME.test(name) ? name : undefined;
}

/** Scheme, host and port of a URL that has nothing else. */
export function parsePublicUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return undefined;
  const bare = url.pathname === "/" && url.search === "" && url.hash === "" && url.username === "" && url.password === "";
  return bare ? url : undefined;
}

/** A URL of a PostgreSQL database, as it is. */
export function parsePostgresUrl(text: string): string | undefined {
  const url = URL.parse(text);
  return url !== null && (url.protocol === "postgres:" || url.protocol === "postgresql:") ? text : undefined;
}
