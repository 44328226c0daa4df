import { compilePattern, matches, type Pattern } from "./pattern.ts";
import type { Signs } from "./signs.ts";

/** The six parts of an ARN, each a pattern of its own. */
export type ArnPattern = readonly Pattern[];

const ARN_PARTS = 6;
const COLON = 58;

/** The six parts of an ARN; the last holds all that is left, colons too. Undefined for what is not an ARN. */
export function splitArn(text: string): readonly string[] | undefined {
  const parts = text.split(":");
  if (parts.length < ARN_PARTS || parts[0] !== "arn") return undefined;
  return parts.length === ARN_PARTS ? parts : [...parts.slice(0, ARN_PARTS - 1), parts.slice(ARN_PARTS - 1).join(":")];
}

/** Makes the signs of an ARN ready. Undefined when there are fewer than six parts. */
export function compileArn(signs: Signs): ArnPattern | undefined {
  const parts: Signs[] = [];
  let start = 0;
  while (parts.length < ARN_PARTS - 1) {
    const colon = signs.indexOf(COLON, start);
    if (colon === -1) return undefined;
    parts.push(signs.slice(start, colon));
    start = colon + 1;
  }
  parts.push(signs.slice(start));
  return parts.map(compilePattern);
}

/**
 * Does each part of an ARN match its pattern? A `*` goes beyond a colon in the last part only. A pattern without its last part
 * says nothing about that.
 */
export function matchesArn(pattern: ArnPattern, parts: readonly string[]): boolean {
  for (let at = 0; at < pattern.length; at++) {
    const wanted = pattern[at];
    const part = parts[at];
    if (wanted === undefined || part === undefined || !matches(wanted, part)) return false;
  }
  return true;
}
