import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { UsageError } from "../arguments.ts";
import { readConfiguration } from "../configuration.ts";
import type { Configuration } from "../configuration.ts";
import { flagOf, SETTINGS } from "../settings.ts";
import type { Setting, SettingName } from "../settings.ts";

/** The configuration of this process: its flags, its environment, its terminal. Throws ConfigurationError or UsageError. */
export function configurationOfProcess(args: readonly string[]): Configuration {
  return readConfiguration({
    args,
    environment: process.env,
    folder: process.cwd(),
    readFile: (path) => readFileSync(path, "utf8"),
    isTerminal: process.stdout.isTTY,
    cores: availableParallelism(),
  });
}

/** Splits what a command is given: its own switches, the words, and the flags of the configuration. */
export function splitArguments(args: readonly string[], switches: readonly string[]): SplitArguments {
  const [on, words, flags]: [string[], string[], string[]] = [[], [], []];
  const rest = args.values();
  for (const argument of rest) {
    if (switches.includes(argument)) on.push(argument);
    else if (!argument.startsWith("-")) words.push(argument);
    else flags.push(argument, ...(argument.includes("=") ? [] : rest.take(1)));
  }
  return { switches: new Set(on), words, flags };
}

export interface SplitArguments {
  readonly switches: ReadonlySet<string>;
  readonly words: readonly string[];
  readonly flags: readonly string[];
}

/** Takes a command's own flags, which have values, out of what it is given. Throws UsageError for one without, or given twice. */
export function takeOptions(
  args: readonly string[],
  names: readonly string[],
): { readonly options: ReadonlyMap<string, string>; readonly rest: readonly string[] } {
  const [options, rest] = [new Map<string, string>(), [] as string[]];
  const left = args.values();
  for (const argument of left) {
    const [name = "", ...parts] = argument.split("=");
    if (!names.includes(name)) {
      rest.push(argument);
      continue;
    }
    const value = parts.length > 0 ? parts.join("=") : left.next().value;
    if (value === undefined || value === "") throw new UsageError(`${name} needs a value.`);
    if (options.has(name)) throw new UsageError(`${name} is there twice.`);
    options.set(name, value);
  }
  return { options, rest };
}

/** The settings that another command must repeat to mean the same registry: those that are not the default. */
export function repeatedFlags(configuration: Configuration): string {
  const settings: readonly (readonly [SettingName, string | number | undefined])[] = [
    ["data", configuration.data],
    ["port", configuration.port],
    ["publicUrl", configuration.publicUrl?.origin],
    ["hostSuffix", configuration.hostSuffix],
    ["tlsCertificate", configuration.tls?.certificate],
    ["tlsKey", configuration.tls?.key],
  ];
  const changed = settings.filter(([name, value]) => value !== undefined && value !== defaultValue(name));
  return changed.map(([name, value]) => ` ${flagOf(name)} ${quote(String(value))}`).join("");
}

function defaultValue(name: SettingName): unknown {
  const { fallback, parse, path }: Setting<unknown> = SETTINGS[name];
  if (fallback === undefined) return undefined;
  return path === true ? resolve(fallback) : parse(fallback);
}

/** A word as a POSIX shell reads it back. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
