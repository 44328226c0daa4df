/** A command line that is not understood. The message is one sentence. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const ARGUMENTS_MAX = 1_000;

/**
 * Flags with values, `--port 80` or `--port=80`, of those that are known; the last of several wins. `switches` are flags
 * without a value, which come back as "true". Throws UsageError.
 */
export function parseArguments(
  args: readonly string[],
  known: readonly string[],
  switches: readonly string[] = [],
): ReadonlyMap<string, string> {
  const flags = new Map<string, string>();
  if (args.length > ARGUMENTS_MAX) throw new UsageError(`These are more than ${ARGUMENTS_MAX} arguments.`);
  const rest = args.values();
  for (const argument of rest) {
    const [flag, attached] = splitFlag(argument);
    if (switches.includes(flag)) flags.set(flag, "true");
    else if (known.includes(flag)) flags.set(flag, attached ?? valueAfter(flag, rest.next().value));
    else throw unknownArgument(argument, flag, [...known, ...switches]);
  }
  return flags;
}

function splitFlag(argument: string): [string, string | undefined] {
  const at = argument.indexOf("=");
  return at === -1 ? [argument, undefined] : [argument.slice(0, at), argument.slice(at + 1)];
}

function valueAfter(flag: string, value: string | undefined): string {
  if (value === undefined || value.startsWith("--")) throw new UsageError(`The flag ${flag} needs a value behind it.`);
  return value;
}

function unknownArgument(argument: string, flag: string, known: readonly string[]): UsageError {
  if (!argument.startsWith("-")) return new UsageError(`"${argument}" is not expected here; longshore --help lists what is.`);
  const nearest = suggestion(flag, known);
  const hint = nearest === undefined ? "longshore --help lists them all." : `did you mean ${nearest}?`;
  return new UsageError(`There is no flag ${flag}; ${hint}`);
}

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
