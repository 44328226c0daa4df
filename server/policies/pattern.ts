import { matchesInParallel } from "./parallel-match.ts";
import { ANY_ONE, ANY_RUN, readSigns, type Signs } from "./signs.ts";

/** A pattern of a policy, made ready to be matched. */
export type Pattern =
  | { readonly kind: "exact" | "prefix"; readonly text: string }
  | { readonly kind: "wild"; readonly signs: Signs };

/** From how many steps on, at worst, it is worth while to follow all places of a pattern at once. */
const STEPS_MAX = 16_384;

/** Reads a pattern, in which `*` stands for any run of characters and `?` for any single one. */
export function parsePattern(text: string): Pattern {
  return compilePattern(readSigns(text));
}

/** Makes signs ready to be matched: most patterns of policies are a text, or the beginning of one. */
export function compilePattern(signs: Signs): Pattern {
  const wildcard = signs.findIndex((it) => it < 0);
  if (wildcard === -1) return { kind: "exact", text: textOf(signs) };
  if (signs.slice(wildcard).every((it) => it === ANY_RUN)) return { kind: "prefix", text: textOf(signs.slice(0, wildcard)) };
  return { kind: "wild", signs };
}

function textOf(signs: Signs): string {
  return signs.map((it) => String.fromCharCode(it)).join("");
}

/** Does the pattern cover the whole text? */
export function matches(pattern: Pattern, text: string): boolean {
  switch (pattern.kind) {
    case "exact":
      return pattern.text === text;
    case "prefix":
      return text.startsWith(pattern.text);
    case "wild":
      return matchesSigns(pattern.signs, text);
  }
}

/** As `matches`, for signs that are asked once. */
export function matchesSigns(signs: Signs, text: string): boolean {
  return signs.length * text.length > STEPS_MAX ? matchesInParallel(signs, text) : matchesOneByOne(signs, text);
}

/** On a mismatch only the last star takes one character more, so the steps are at most the product of the two lengths. */
export function matchesOneByOne(signs: Signs, text: string): boolean {
  let inSigns = 0;
  let inText = 0;
  let star = -1;
  let starText = 0;
  while (inText < text.length) {
    const wanted = signs[inSigns];
    if (wanted === ANY_RUN) {
      star = inSigns++;
      starText = inText;
    } else if (wanted === ANY_ONE || wanted === text.charCodeAt(inText)) {
      inSigns++;
      inText++;
    } else if (star !== -1) {
      inSigns = star + 1;
      inText = ++starText;
    } else return false;
  }
  while (signs[inSigns] === ANY_RUN) inSigns++;
  return inSigns === signs.length;
}
