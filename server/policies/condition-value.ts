const NUMBER = /^[+-]?[0-9]{1,16}(?:\.[0-9]{1,16})?$/;
const YEAR = /^[0-9]{4}$/;
const EPOCH_SECONDS = /^-?[0-9]{1,12}(?:\.[0-9]{1,9})?$/;
const DATE =
  /^([0-9]{4}-[0-9]{2}(?:-[0-9]{2})?)(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:[0-9]{2}))?$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** A number in decimal, whole or not, that a double holds; undefined for anything else. */
export function parseNumber(text: string): number | undefined {
  const number = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : undefined;
}

/**
 * A point in time in whole seconds since 1970: ISO 8601 from the year down to fractions of a second, with a time zone wherever
 * there is a time, or the seconds themselves. Undefined for anything else.
 */
export function parseSeconds(text: string): number | undefined {
  if (YEAR.test(text)) return Date.UTC(Number(text)) / 1000;
  if (EPOCH_SECONDS.test(text)) return Math.floor(Number(text));
  const day = DATE.exec(text)?.[1];
  const time_ms = day === undefined || !isDay(day) ? Number.NaN : Date.parse(text);
  return Number.isNaN(time_ms) ? undefined : Math.floor(time_ms / 1000);
}

/** Whether there is such a day, or month: the thirtieth of February would be read as one of March. */
function isDay(text: string): boolean {
  const time_ms = Date.parse(text);
  return !Number.isNaN(time_ms) && new Date(time_ms).toISOString().startsWith(text);
}

/** `true` or `false` in any case; undefined for anything else. */
export function parseBoolean(text: string): boolean | undefined {
  const word = text.toLowerCase();
  return word === "true" ? true : word === "false" ? false : undefined;
}

/** The bytes that a text in base64 stands for, in one form, so that two of them can be compared; undefined for anything else. */
export function parseBytes(text: string): string | undefined {
  return text.length % 4 === 0 && BASE64.test(text) ? Buffer.from(text, "base64").toString("base64") : undefined;
}
