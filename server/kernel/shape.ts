import { invalidParameter, RegistryError } from "./errors.ts";

/**
 * The shape of an operation's input as data: what validates it, what documents it and what the tests are made from.
 * Members that a shape does not name are dropped, as AWS does, so nothing that a client adds can reach a domain.
 */
export type Shape =
  | {
      readonly kind: "string";
      readonly min?: number;
      readonly max?: number;
      readonly pattern?: Pattern;
      readonly enum?: readonly string[];
      readonly called?: string;
    }
  | { readonly kind: "integer" | "long"; readonly min?: number; readonly max?: number }
  | { readonly kind: "boolean" }
  | { readonly kind: "blob"; readonly max?: number }
  | { readonly kind: "list"; readonly of: Shape; readonly min?: number; readonly max?: number }
  | StructureShape;

export interface StructureShape {
  readonly kind: "structure";
  readonly members: Readonly<Record<string, Shape>>;
  readonly required: readonly string[];
}

/** `text` is what a message prints; `matches` decides, in linear time. */
export interface Pattern {
  readonly text: string;
  /** Printed without quotes by a shape that is `called` something. */
  readonly bare?: true;
  matches(value: string): boolean;
}

/**
 * ECR: most rules are checked by AWS's framework, in words that begin with "Member" and with the member's path. A few shapes
 * it checks itself: the member is called by one name wherever it stands, and the words are others. (messages in
 * hashicorp/terraform-provider-aws#40309, aws/aws-dotnet-deploy#549, chanzuckerberg/single-cell-data-portal#3781)
 */
type StringRules = { min?: number; max?: number; pattern?: Pattern; called?: string };

export const string = (rules: StringRules = {}): Shape => ({ kind: "string", ...rules });
export const enumeration = (...values: readonly string[]): Shape => ({ kind: "string", enum: values });
export const integer = (rules: { min?: number; max?: number } = {}): Shape => ({ kind: "integer", ...rules });
export const long = (rules: { min?: number; max?: number } = {}): Shape => ({ kind: "long", ...rules });
export const boolean = (): Shape => ({ kind: "boolean" });
export const blob = (rules: { max?: number } = {}): Shape => ({ kind: "blob", ...rules });
export const list = (of: Shape, rules: { min?: number; max?: number } = {}): Shape => ({ kind: "list", of, ...rules });

/** A structure; a member whose name ends in `!` is required: `{ "repositoryName!": string() }`. */
export function structure(members: Readonly<Record<string, Shape>>): StructureShape {
  const plain: Record<string, Shape> = {};
  const required: string[] = [];
  for (const [key, shape] of Object.entries(members)) {
    const name = key.endsWith("!") ? key.slice(0, -1) : key;
    if (name !== key) required.push(name);
    plain[name] = shape;
  }
  return { kind: "structure", members: plain, required };
}

/**
 * Reads `value` as `shape`. Returns a fresh value that holds nothing but the shape's members; blobs come back as Buffers.
 * Throws SerializationException for a value of the wrong type, InvalidParameterException (ECR's texts) for a broken rule.
 */
export function read(shape: Shape, value: unknown, path = ""): unknown {
  switch (shape.kind) {
    case "structure":
      return readStructure(shape, value, path);
    case "list":
      return readList(shape, value, path);
    case "string":
      return readString(shape, value, path);
    case "integer":
    case "long":
      return readNumber(shape, value, path);
    case "boolean":
      if (typeof value !== "boolean") throw wrongType(path, "a boolean", value);
      return value;
    case "blob":
      return readBlob(shape, value, path);
  }
}

function readStructure(shape: StructureShape, value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrongType(path, "a structure", value);
  const result: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(shape.members)) {
    const given = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    const memberPath = path === "" ? name : `${path}.${name}`;
    // A null member is an absent one in AWS JSON. (Smithy, aws.protocols#awsJson1_1)
    if (given !== undefined && given !== null) result[name] = read(member, given, memberPath);
    else if (shape.required.includes(name)) throw invalidParameter(memberPath, "Member must not be null");
  }
  return result;
}

function readList(shape: Extract<Shape, { kind: "list" }>, value: unknown, path: string): unknown[] {
  if (!Array.isArray(value)) throw wrongType(path, "a list", value);
  checkLength(shape, value.length, path);
  return value.map((item, index) => {
    const itemPath = `${path}.${index + 1}.member`;
    if (item === null || item === undefined) throw invalidParameter(itemPath, "Member must not be null");
    if (shape.of.kind === "string") return readString(shape.of, item, itemPath, path);
    return read(shape.of, item, itemPath);
  });
}

type StringShape = Extract<Shape, { kind: "string" }>;

/** `listPath` is that of the list that the text is an item of. */
function readString(shape: StringShape, value: unknown, path: string, listPath?: string): string {
  if (typeof value !== "string" || !value.isWellFormed()) throw wrongType(path, "a string of Unicode characters", value);
  const broken = brokenRule(shape, value);
  if (broken === undefined) return value;
  if (shape.called !== undefined) throw invalidParameter(shape.called, broken);
  if (listPath === undefined) throw invalidParameter(path, broken);
  // ECR: of an item, all that its shape demands is told, and the place is the list. (aws-actions/amazon-ecr-login#27)
  const rules = new Set([...rulesOf(shape).map((it) => it.text), broken]);
  throw invalidParameter(listPath, `Member must satisfy constraint: [${[...rules].join(", ")}]`);
}

interface Rule {
  /** What a message says of it. */
  readonly text: string;
  holds(value: string): boolean;
}

/** The first rule that a text breaks, in ECR's words. */
function brokenRule(shape: StringShape, value: string): string | undefined {
  const broken = rulesOf(shape).find((it) => !it.holds(value));
  if (broken !== undefined) return broken.text;
  // No text that is stored, looked up or passed on has one. AWS says what characters a text may have by a pattern.
  return value.includes("\0") ? "Member must satisfy regular expression pattern: [^\\u0000]*" : undefined;
}

/** Shapes are few and never change: what is made of each is made once. */
const RULES = new WeakMap<StringShape, readonly Rule[]>();

function rulesOf(shape: StringShape): readonly Rule[] {
  const known = RULES.get(shape) ?? stringRules(shape);
  RULES.set(shape, known);
  return known;
}

/** In the order in which messages list them. */
function stringRules({ enum: values, min, max, pattern, called }: StringShape): Rule[] {
  const must = called === undefined ? "Member must" : "must";
  const rules: Rule[] = [];
  if (values !== undefined)
    rules.push({ text: `${must} satisfy enum value set: [${values.join(", ")}]`, holds: (it) => values.includes(it) });
  if (max !== undefined)
    rules.push({ text: `${must} have length less than or equal to ${max}`, holds: (it) => it.length <= max });
  if (min !== undefined && min > 0)
    rules.push({ text: `${must} have length greater than or equal to ${min}`, holds: (it) => it.length >= min });
  if (pattern !== undefined) rules.push({ text: patternText(pattern, called), holds: (it) => pattern.matches(it) });
  return rules;
}

function patternText({ text, bare }: Pattern, called: string | undefined): string {
  if (called === undefined) return `Member must satisfy regular expression pattern: ${text}`;
  return bare === true ? `must satisfy regular expression ${text}` : `must satisfy regular expression '${text}'`;
}

function checkLength(rules: { min?: number; max?: number }, length: number, path: string): void {
  if (rules.min !== undefined && length < rules.min) {
    throw invalidParameter(path, `Member must have length greater than or equal to ${rules.min}`);
  }
  if (rules.max !== undefined && length > rules.max) {
    throw invalidParameter(path, `Member must have length less than or equal to ${rules.max}`);
  }
}

function readNumber(shape: Extract<Shape, { kind: "integer" | "long" }>, value: unknown, path: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw wrongType(path, "a whole number", value);
  if (shape.kind === "integer" && (value > 2_147_483_647 || value < -2_147_483_648))
    throw wrongType(path, "a 32-bit number", value);
  if (shape.min !== undefined && value < shape.min) {
    throw invalidParameter(path, `Member must have value greater than or equal to ${shape.min}`);
  }
  if (shape.max !== undefined && value > shape.max) {
    throw invalidParameter(path, `Member must have value less than or equal to ${shape.max}`);
  }
  return value;
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function readBlob(shape: Extract<Shape, { kind: "blob" }>, value: unknown, path: string): Buffer {
  if (typeof value !== "string" || value.length % 4 !== 0 || !BASE64.test(value)) throw wrongType(path, "base64 text", value);
  const bytes = Buffer.from(value, "base64");
  if (shape.max !== undefined && bytes.length > shape.max) {
    throw invalidParameter(path, `Member must have length less than or equal to ${shape.max}`);
  }
  return bytes;
}

function wrongType(path: string, expected: string, value: unknown): RegistryError {
  const found = value === null ? "null" : Array.isArray(value) ? "a list" : `a value of type ${typeof value}`;
  const where = path === "" ? "The request body" : `The member '${path}'`;
  return new RegistryError("SerializationException", `${where} must be ${expected}, but it is ${found}.`);
}
