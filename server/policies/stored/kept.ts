import { type BoundedCache, createBoundedCache } from "../../identity/bounded-cache.ts";
import { POLICIES_KEPT_LENGTH_MAX } from "../../kernel/limits.ts";
import type { Moment, Moments } from "../../platform/metadata/moments.ts";

/** What was read of the database, and is handed out again while nobody can have changed it. */
export interface Kept<Question, Value> {
  /** At once when it is known; a promise when it has to be read. `now` is a moment that has just been taken. */
  of(question: Question, now: Moment): Value | Promise<Value>;
}

/** What is kept with the policies in it, which may be as long as those who wrote them liked. */
export interface Sized {
  /** How many characters the texts of its policies have. */
  readonly length: number;
}

interface KeptOptions<Question, Value> {
  readonly moments: Moments;
  readonly entries_max: number;
  readonly keyOf: (question: Question) => string;
  /** Reads it. `known` is what was read before: what of it is still true need not be made again. */
  readonly read: (question: Question, known: Value | undefined) => Promise<Value>;
}

export function createKept<Question, Value extends Sized>(options: KeptOptions<Question, Value>): Kept<Question, Value> {
  const { moments, keyOf, read } = options;
  const kept: BoundedCache<{ readonly value: Value; readonly moment: Moment }> = createBoundedCache(options.entries_max, {
    size_max: POLICIES_KEPT_LENGTH_MAX,
    sizeOf: ({ value }) => value.length,
  });

  /** What changes while it is read makes it old at once: the moment is from before. */
  async function readAgain(question: Question, key: string, known: Value | undefined, moment: Moment): Promise<Value> {
    const value = await read(question, known);
    kept.set(key, { value, moment });
    return value;
  }

  return {
    of(question, now) {
      const key = keyOf(question);
      const known = kept.get(key);
      if (known !== undefined && moments.isCurrent(known.moment, now)) return known.value;
      return readAgain(question, key, known?.value, now);
    },
  };
}
