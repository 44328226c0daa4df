/** Milliseconds of `YYYYMMDD'T'HHMMSS'Z'`, or undefined for any other text or a date that does not exist. */
export function parseAmzDate(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match.map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const time_ms = Date.UTC(year, month - 1, day, hour, minute, second);
  return formatAmzDate(time_ms) === text ? time_ms : undefined;
}

/** Milliseconds since the epoch as `YYYYMMDD'T'HHMMSS'Z'`. */
export function formatAmzDate(time_ms: number): string {
  return `${new Date(time_ms).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
}
