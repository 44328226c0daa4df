/** A line whose parts others have written, without what would move the cursor, break the line or hide something of it. */
export function visible(line: string): string {
  return line.replace(/\p{C}|[\u2028\u2029]/gu, "\ufffd");
}
