import type { Shape, StructureShape } from "../../server/kernel/shape.ts";

/** A request that breaks one rule, and what has to be said of it. */
export interface Fault {
  /** What is wrong with which member. */
  readonly what: string;
  readonly body: string;
  readonly name: "InvalidParameterException" | "SerializationException";
  readonly message: string;
}

/** A place in a valid input: `put` writes JSON text there and returns the whole body. */
interface Place {
  readonly path: string;
  readonly value: unknown;
  /** Of an item, the path of its list. */
  readonly listPath?: string;
  put(text: string): string;
}

type StringShape = Extract<Shape, { kind: "string" }>;
type NumberShape = Extract<Shape, { kind: "integer" | "long" }>;
type ListShape = Extract<Shape, { kind: "list" }>;

const HOLE = "the hole in the body";
/** Of each type of JSON, and how ours calls what it found. */
const TYPES = {
  null: ["null", "null"],
  boolean: ["true", "a value of type boolean"],
  number: ["1", "a value of type number"],
  string: ['"a"', "a value of type string"],
  list: ["[]", "a list"],
  structure: ["{}", "a value of type object"],
} as const;
/** How each kind of shape is called, and the JSON that it is written in. */
const KINDS = {
  string: ["a string of Unicode characters", "string"],
  integer: ["a whole number", "number"],
  long: ["a whole number", "number"],
  boolean: ["a boolean", "boolean"],
  blob: ["base64 text", "string"],
  list: ["a list", "list"],
  structure: ["a structure", "structure"],
} as const;
/** Texts of which no pattern of ECR's matches every one. */
const STRANGE = ["~", "!", " ", "é", "A:", "\u{1F600}"];

/** Every way to break a rule of a shape, one at a time, in an input that breaks none. */
export function faultsOf(shape: StructureShape, input: unknown): readonly Fault[] {
  return [...faults(shape, { path: "", value: input, put: (text) => text })];
}

function* faults(shape: Shape, place: Place): Generator<Fault> {
  yield* typeFaults(shape, place);
  switch (shape.kind) {
    case "structure":
      for (const [name, member] of Object.entries(shape.members)) {
        const inside = memberPlace(place, name);
        if (shape.required.includes(name)) yield* absenceFaults(place, inside, name);
        yield* faults(member, inside);
      }
      return;
    case "list":
      yield* listFaults(shape, place);
      return;
    case "string":
      yield* stringFaults(shape, place);
      return;
    case "integer":
    case "long":
      yield* numberFaults(shape, place);
      return;
    case "blob":
      yield wrongType(place, '"YW Jj"', "base64 text", "a value of type string", "not base64");
      yield wrongType(place, '"YWJ"', "base64 text", "a value of type string", "cut off");
      if (shape.max !== undefined) {
        const text = JSON.stringify(Buffer.alloc(shape.max + 1).toString("base64"));
        yield broken(place, text, `Member must have length less than or equal to ${shape.max}`, "too long");
      }
  }
}

/** Each other type of JSON. A null member is an absent one, and no mistake of this kind. */
function* typeFaults(shape: Shape, place: Place): Generator<Fault> {
  const [expected, own] = KINDS[shape.kind];
  for (const [type, [text, found]] of Object.entries(TYPES)) {
    if (type === own || (type === "null" && place.path !== "")) continue;
    yield wrongType(place, text, expected, found, `of type ${type}`);
  }
}

function* absenceFaults(parent: Place, place: Place, name: string): Generator<Fault> {
  const { [name]: _left, ...others } = parent.value as Record<string, unknown>;
  const why = constraint(place.path, "Member must not be null");
  yield { what: `${place.path} missing`, body: parent.put(JSON.stringify(others)), ...why };
  yield { what: `${place.path} null`, body: place.put("null"), ...why };
  // Of members with the same name the last one counts, as in all JSON that AWS reads.
  const twice = `{${JSON.stringify(name)}:${JSON.stringify(place.value)},${JSON.stringify({ ...others, [name]: null }).slice(1)}`;
  yield { what: `${place.path} twice, then null`, body: parent.put(twice), ...why };
}

function* listFaults(shape: ListShape, place: Place): Generator<Fault> {
  const { min = 0, max } = shape;
  const [item] = place.value as unknown[];
  const listOf = (length: number): string => JSON.stringify(Array.from({ length }, () => item));
  if (min > 0) yield broken(place, listOf(min - 1), `Member must have length greater than or equal to ${min}`, "too few");
  if (max !== undefined) yield broken(place, listOf(max + 1), `Member must have length less than or equal to ${max}`, "too many");
  const inside: Place = {
    path: `${place.path}.1.member`,
    listPath: place.path,
    value: item,
    put: (text) => place.put(`[${text}]`),
  };
  yield broken(inside, "null", "Member must not be null", "null");
  const second = {
    ...inside,
    path: `${place.path}.2.member`,
    put: (text: string) => place.put(`[${JSON.stringify(item)},${text}]`),
  };
  if (max === undefined || max > 1) yield broken(second, "null", "Member must not be null", "null");
  yield* faults(shape.of, inside);
}

function* stringFaults(shape: StringShape, place: Place): Generator<Fault> {
  const { min = 0, max, pattern, enum: values = [] } = shape;
  for (const text of ['"\\ud800"', '"a\\udfff"'])
    yield wrongType(place, text, "a string of Unicode characters", "a value of type string", "half a character");
  const fault = (text: string, rule: string): Fault => brokenText(shape, place, text, rule);
  const words = wordsOf(shape);
  for (const other of values.length > 0 ? ["", "NONE_OF_THEM", `${values[0]} `, values.join(",").toLowerCase() + "X"] : [])
    yield fault(other, words.enum);
  if (values.length > 0) return;
  if (min > 0) yield fault("a".repeat(min - 1), words.min);
  if (max !== undefined) yield fault("a".repeat(max + 1), words.max);
  const zero = `${"a".repeat(Math.max(min - 1, 0))}\0`;
  const strange = [zero, ...STRANGE.map((it) => it.repeat(Math.max(min, 1)))];
  if (pattern === undefined) yield fault(zero, "Member must satisfy regular expression pattern: [^\\u0000]*");
  else for (const text of strange.filter((it) => !pattern.matches(it))) yield fault(text, words.pattern);
}

/** What is said of each rule of a shape. */
function wordsOf({
  min,
  max,
  pattern,
  enum: values = [],
  called,
}: StringShape): Record<"enum" | "max" | "min" | "pattern", string> {
  const member = called === undefined ? "Member " : "";
  const quoted = pattern?.bare === true ? pattern.text : `'${pattern?.text}'`;
  return {
    enum: `${member}must satisfy enum value set: [${values.join(", ")}]`,
    max: `${member}must have length less than or equal to ${max}`,
    min: `${member}must have length greater than or equal to ${min}`,
    pattern:
      called === undefined
        ? `Member must satisfy regular expression pattern: ${pattern?.text}`
        : `must satisfy regular expression ${quoted}`,
  };
}

/** A text that breaks a rule. Of an item, all rules of its shape are told, and the place is the list. */
function brokenText(shape: StringShape, place: Place, text: string, rule: string): Fault {
  const what = `as ${JSON.stringify(text)}`;
  const fault = broken(place, JSON.stringify(text), rule, what);
  if (shape.called !== undefined) return { ...fault, ...constraint(shape.called, rule) };
  if (place.listPath === undefined) return fault;
  const rules = (["enum", "max", "min", "pattern"] as const).filter((it) => shape[it] !== undefined && shape[it] !== 0);
  const told = new Set([...rules.map((it) => wordsOf(shape)[it]), rule]);
  return { ...fault, ...constraint(place.listPath, `Member must satisfy constraint: [${[...told].join(", ")}]`) };
}

function* numberFaults(shape: NumberShape, place: Place): Generator<Fault> {
  const { kind, min, max } = shape;
  const number = "a value of type number";
  for (const text of ["1.5", "1e400", "-1e400", "9007199254740992"]) yield wrongType(place, text, "a whole number", number, text);
  if (kind === "integer")
    for (const text of ["2147483648", "-2147483649"]) yield wrongType(place, text, "a 32-bit number", number, text);
  if (min !== undefined)
    for (const text of [String(min - 1), "-2147483648"])
      yield broken(place, text, `Member must have value greater than or equal to ${min}`, text);
  if (max !== undefined)
    for (const text of [String(max + 1), "2147483647"])
      yield broken(place, text, `Member must have value less than or equal to ${max}`, text);
}

function memberPlace(parent: Place, name: string): Place {
  const members = parent.value as Record<string, unknown>;
  return {
    path: parent.path === "" ? name : `${parent.path}.${name}`,
    value: members[name],
    put: (text) => parent.put(JSON.stringify({ ...members, [name]: HOLE }).replace(JSON.stringify(HOLE), () => text)),
  };
}

function broken(place: Place, text: string, rule: string, what: string): Fault {
  return { what: `${place.path} ${what.slice(0, 60)}`, body: place.put(text), ...constraint(place.path, rule) };
}

function constraint(path: string, rule: string): Pick<Fault, "name" | "message"> {
  return {
    name: "InvalidParameterException",
    message: `Invalid parameter at '${path}' failed to satisfy constraint: '${rule}'`,
  };
}

function wrongType(place: Place, text: string, expected: string, found: string, what: string): Fault {
  const where = place.path === "" ? "The request body" : `The member '${place.path}'`;
  const message = `${where} must be ${expected}, but it is ${found}.`;
  return { what: `${place.path} ${what}`, body: place.put(text), name: "SerializationException", message };
}
