import { ANY_ONE, ANY_RUN, type Signs } from "./signs.ts";

const WORD_BITS = 32;

/**
 * Do the signs cover the whole text? All places of the pattern that the text can have led to are followed at once, 32 in a word. So
 * the work is the length of the text times a thirty-second of the pattern's, whatever a policy and a client have put into them.
 */
export function matchesInParallel(signs: Signs, text: string): boolean {
  const end = signs.filter((it) => it !== ANY_RUN).length;
  if (end > text.length) return false;
  const { accepts, acceptsAny, stays } = placesOf(signs, end);
  const reached = new Uint32Array(stays.length);
  reached[0] = 1;
  for (let at = 0; at < text.length; at++) {
    const accepting = accepts.get(text.charCodeAt(at)) ?? acceptsAny;
    let carry = 0;
    for (let word = 0; word < reached.length; word++) {
      const here = reached[word] ?? 0;
      const moving = here & (accepting[word] ?? 0);
      reached[word] = (here & (stays[word] ?? 0)) | (moving << 1) | carry;
      carry = moving >>> (WORD_BITS - 1);
    }
  }
  return hasBit(reached, end);
}

/** Sets of places, a bit for each. A place stands before each sign that takes one character, and one at the end. */
interface Places {
  /** Where a character leads to the next place; those that no sign names lead on from `acceptsAny`. */
  readonly accepts: ReadonlyMap<number, Uint32Array>;
  readonly acceptsAny: Uint32Array;
  /** Where any character leads nowhere else, because of a star. */
  readonly stays: Uint32Array;
}

function placesOf(signs: Signs, end: number): Places {
  const newSet = (): Uint32Array => new Uint32Array(Math.floor(end / WORD_BITS) + 1);
  const accepts = new Map<number, Uint32Array>();
  const acceptsAny = newSet();
  const stays = newSet();
  let place = 0;
  for (const sign of signs) {
    if (sign === ANY_RUN) {
      setBit(stays, place);
      continue;
    }
    const accepting = sign === ANY_ONE ? acceptsAny : (accepts.get(sign) ?? newSet());
    if (sign !== ANY_ONE) accepts.set(sign, accepting);
    setBit(accepting, place++);
  }
  for (const accepting of accepts.values()) {
    for (const [word, bits] of acceptsAny.entries()) accepting[word] = (accepting[word] ?? 0) | bits;
  }
  return { accepts, acceptsAny, stays };
}

function setBit(set: Uint32Array, place: number): void {
  const word = Math.floor(place / WORD_BITS);
  set[word] = (set[word] ?? 0) | (1 << (place % WORD_BITS));
}

function hasBit(set: Uint32Array, place: number): boolean {
  return (((set[Math.floor(place / WORD_BITS)] ?? 0) >>> (place % WORD_BITS)) & 1) === 1;
}
