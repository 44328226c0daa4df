import { InvalidParameterError, RegistryError } from "../kernel/errors.ts";
import { read, type StructureShape } from "../kernel/shape.ts";
import { type QueryNode, queryInput } from "./query-input.ts";

/** How much of a value is quoted back. */
const QUOTED_LENGTH_MAX = 1_024;

/** Reads the parameters of a query request as an operation's input. Throws ValidationException in the words of the query services. */
export function readInput(shape: StructureShape, parameters: QueryNode): unknown {
  const input = queryInput(shape, parameters);
  try {
    return read(shape, input);
  } catch (error) {
    if (error instanceof InvalidParameterError) throw validationError(error, input);
    throw error;
  }
}

/** AWS: the text that its framework gives to services without words of their own. (Smithy; messages of IAM and STS in threads) */
function validationError({ path, constraint }: InvalidParameterError, input: unknown): RegistryError {
  const value = quoted(valueAt(input, path.split(".")));
  const place = path.split(".").map(lowerFirst).join(".");
  const sentence = `Value ${value} at '${place}' failed to satisfy constraint: ${constraint}`;
  return new RegistryError("ValidationException", `1 validation error detected: ${sentence}`);
}

/** The value at `Tags.1.member.Key`, where the items of a list are numbered from 1 and `member` follows. */
function valueAt(value: unknown, [step, ...rest]: readonly string[]): unknown {
  if (step === undefined) return value;
  if (Array.isArray(value)) return valueAt(value[Number(step) - 1], rest.slice(1));
  return valueAt((value as Readonly<Record<string, unknown>>)[step], rest);
}

function quoted(value: unknown): string {
  if (value === undefined) return "null";
  const text = Array.isArray(value) ? `[${value.map(textOf).join(", ")}]` : textOf(value);
  return `'${text.slice(0, QUOTED_LENGTH_MAX)}'`;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
