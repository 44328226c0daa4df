/** A pattern of a policy, made ready to be matched. */
export type Pattern =
  | { readonly kind: "exact" | "prefix"; readonly text: string }
  | { readonly kind: "wild"; readonly signs: Signs };

/** A pattern sign by sign: a character by its code unit, a wildcard by a number that no character has. */
export type Signs = readonly number[];

const ANY_RUN = -1;
const ANY_ONE = -2;
const STAR = 42;
const QUESTION_MARK = 63;

/** Reads a pattern, in which `*` stands for any run of characters and `?` for any single one. */
export function parsePattern(text: string): Pattern {
  return compilePattern(readSigns(text));
}

/** The signs of a text in which `*` and `?` are wildcards. */
export function readSigns(text: string): Signs {
  return literalSigns(text).map((code) => (code === STAR ? ANY_RUN : code === QUESTION_MARK ? ANY_ONE : code));
}

/** The signs of a text that stands for itself. */
export function literalSigns(text: string): Signs {
  const signs: number[] = [];
  for (let at = 0; at < text.length; at++) signs.push(text.charCodeAt(at));
  return signs;
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

/** Does the pattern cover the whole text? The work is at most the product of the two lengths. */
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

/** As `matches`, for signs that are asked once. On a mismatch only the last star takes one character more. */
export function matchesSigns(signs: Signs, text: string): boolean {
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
