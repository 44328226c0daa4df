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

/** Items that are sorted at once, which takes no time. */
const RUN_LENGTH = 128;

/** Sorts a copy by a number, and those of the same one by `compare`; what is equal then too keeps its order. */
export function* sort<T>(
  items: readonly T[],
  numberOf: (item: T) => number,
  compare: (a: T, b: T) => number = () => 0,
): Steps<T[]> {
  // Places of items are sorted, and their numbers stand side by side: the items themselves lie scattered in memory.
  const numbers = new Float64Array(items.length);
  let from = new Uint32Array(items.length);
  const order = (a: number, b: number): number =>
    (numbers[a] as number) - (numbers[b] as number) || compare(items[a] as T, items[b] as T) || a - b;
  for (let at = 0; at < items.length; at += RUN_LENGTH) {
    yield;
    const end = Math.min(at + RUN_LENGTH, items.length);
    for (let place = at; place < end; place++) {
      numbers[place] = numberOf(items[place] as T);
      from[place] = place;
    }
    from.subarray(at, end).sort(order);
  }
  let to = new Uint32Array(items.length);
  for (let length = RUN_LENGTH; length < items.length; length *= 2) {
    for (let at = 0; at < items.length; at += 2 * length) yield* merge(from, to, { at, length, order });
    [from, to] = [to, from];
  }
  const sorted: T[] = [];
  for (const place of from) {
    if (sorted.length % RUN_LENGTH === 0) yield;
    sorted.push(items[place] as T);
  }
  return sorted;
}

interface Merge {
  /** Where the first of two sorted runs begins, and how long each is. */
  readonly at: number;
  readonly length: number;
  readonly order: (a: number, b: number) => number;
}

/** Makes one of two neighbouring runs, at the same place in `to`. */
function* merge(from: Uint32Array, to: Uint32Array, { at, length, order }: Merge): Steps<void> {
  const middle = Math.min(at + length, from.length);
  const end = Math.min(middle + length, from.length);
  let [left, right] = [at, middle];
  for (let place = at; place < end; place++) {
    if (place % RUN_LENGTH === 0) yield;
    const takeLeft = right >= end || (left < middle && order(from[left] as number, from[right] as number) <= 0);
    to[place] = from[takeLeft ? left++ : right++] as number;
  }
}
