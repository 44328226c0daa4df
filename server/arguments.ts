import { suggestion } from "./kernel/suggestion.ts";

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
