/**
 * A page of something, and where the next one starts. The position is the key of the last row of this page: a page is
 * found by its key and not by counting, so the last page costs what the first one does.
 */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Opaque to everybody but the query that made it; undefined on the last page. */
  readonly next: string | undefined;
}

/**
 * Cuts rows to a page. `rows` must have been asked for with a limit of `size + 1`, so that one row too many says that
 * there is more.
 */
export function toPage<Item>(rows: readonly Item[], size: number, keyOf: (item: Item) => string): Page<Item> {
  if (rows.length <= size) return { items: rows, next: undefined };
  const items = rows.slice(0, size);
  const last = items.at(-1);
  return { items, next: last === undefined ? undefined : keyOf(last) };
}
