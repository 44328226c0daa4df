/**
 * Work that takes long, cut into steps that take no time: whoever runs it may do something else between two of them. What it
 * comes to is what it returns.
 */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Does it all at once. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** Items that are sorted at once, which takes no longer than a millisecond. */
const RUN_LENGTH = 512;

/** Sorts a copy; equal items keep their order. */
export function* sort<T>(items: readonly T[], compare: (a: T, b: T) => number): Steps<T[]> {
  let from: T[] = [];
  for (let at = 0; at < items.length; at += RUN_LENGTH) {
    yield;
    for (const item of items.slice(at, at + RUN_LENGTH).sort(compare)) from.push(item);
  }
  for (let length = RUN_LENGTH; length < items.length; length *= 2) {
    const to: T[] = [];
    for (let at = 0; at < items.length; at += 2 * length) yield* merge(from, to, { at, length, compare });
    from = to;
  }
  return from;
}

interface Merge<T> {
  /** Where the first of two sorted runs begins, and how long each is. */
  readonly at: number;
  readonly length: number;
  readonly compare: (a: T, b: T) => number;
}

/** Appends two neighbouring runs to `to` as one. */
function* merge<T>(from: readonly T[], to: T[], { at, length, compare }: Merge<T>): Steps<void> {
  const middle = Math.min(at + length, from.length);
  const end = Math.min(middle + length, from.length);
  let [left, right] = [at, middle];
  while (left < middle || right < end) {
    if (to.length % RUN_LENGTH === 0) yield;
    const takeLeft = right >= end || (left < middle && compare(from[left] as T, from[right] as T) <= 0);
    to.push(from[takeLeft ? left++ : right++] as T);
  }
}
