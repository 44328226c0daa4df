const SUGGESTION_LENGTH_MAX = 64;

/** The known word that a misspelt one is most likely to mean, if any is near enough. */
export function suggestion(word: string, known: readonly string[]): string | undefined {
  if (word.length > SUGGESTION_LENGTH_MAX) return undefined;
  const [nearest] = known.map((it) => ({ it, distance: distanceBetween(word, it) })).toSorted((a, b) => a.distance - b.distance);
  return nearest !== undefined && nearest.distance <= 2 ? nearest.it : undefined;
}

/** How many letters must be put in, taken out, changed or swapped with their neighbour to make one word the other. */
function distanceBetween(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const changed = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, changed, swapped));
    }
  }
  return at(a.length, b.length);
}
