/** A pattern sign by sign: a character by its code unit, a wildcard by a number that no character has. */
export type Signs = readonly number[];

/** Any run of characters, an empty one too. */
export const ANY_RUN = -1;
/** Any single character. */
export const ANY_ONE = -2;

const STAR = 42;
const QUESTION_MARK = 63;

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
