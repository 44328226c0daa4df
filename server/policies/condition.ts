import { type JsonObject, PolicyFault, readObject } from "./elements.ts";

/** IAM: what a condition can compare. `Null` asks whether the key is there at all. (IAM User Guide, condition operators) */
const OPERATORS = [
  "StringEquals",
  "StringNotEquals",
  "StringEqualsIgnoreCase",
  "StringNotEqualsIgnoreCase",
  "StringLike",
  "StringNotLike",
  "NumericEquals",
  "NumericNotEquals",
  "NumericLessThan",
  "NumericLessThanEquals",
  "NumericGreaterThan",
  "NumericGreaterThanEquals",
  "DateEquals",
  "DateNotEquals",
  "DateLessThan",
  "DateLessThanEquals",
  "DateGreaterThan",
  "DateGreaterThanEquals",
  "Bool",
  "BinaryEquals",
  "IpAddress",
  "NotIpAddress",
  "ArnEquals",
  "ArnLike",
  "ArnNotEquals",
  "ArnNotLike",
  "Null",
] as const;
const SETS = ["ForAllValues", "ForAnyValue"] as const;
const IF_EXISTS = "IfExists";

export type ConditionOperator = (typeof OPERATORS)[number];

/** One comparison of a statement's Condition. A statement applies when all of its comparisons hold. */
export interface PolicyCondition {
  readonly operator: ConditionOperator;
  /** How a key with many values is compared; undefined for a key with one. */
  readonly set: (typeof SETS)[number] | undefined;
  /** Does it hold when the request has no such key? */
  readonly ifExists: boolean;
  /** In lower case, as the keys of a request are: IAM does not tell them apart by case. */
  readonly key: string;
  /** Any of these; numbers and booleans are in the words of JSON. None at all is legal, and is never equal to anything. */
  readonly values: readonly string[];
}

/** Reads a statement's Condition: operator, key, values. Throws PolicyFault. */
export function parseConditions(value: unknown, path: string): readonly PolicyCondition[] {
  return Object.entries(readObject(value, path)).flatMap(([name, comparisons]) => {
    const operator = parseOperator(name);
    if (operator === undefined) throw new PolicyFault(path, `has an operator that policies do not know: ${JSON.stringify(name)}`);
    const keys = readObject(comparisons, `${path}.${name}`);
    refuseSameKeys(keys, `${path}.${name}`);
    return Object.entries(keys).map(([key, values]) => ({
      ...operator,
      key: readKey(key, `${path}.${name}`),
      values: readValues(values, `${path}.${name}.${key}`),
    }));
  });
}

function parseOperator(name: string): Pick<PolicyCondition, "operator" | "set" | "ifExists"> | undefined {
  const set = SETS.find((it) => name.startsWith(`${it}:`));
  const rest = set === undefined ? name : name.slice(set.length + 1);
  const ifExists = rest.endsWith(IF_EXISTS);
  const plain = ifExists ? rest.slice(0, -IF_EXISTS.length) : rest;
  const operator = OPERATORS.find((it) => it === plain);
  // IAM: IfExists goes with every operator but Null, which asks just that. (IAM User Guide, condition operators)
  if (operator === undefined || (ifExists && operator === "Null")) return undefined;
  return { operator, set, ifExists };
}

/** IAM: the same key twice in one operator, told apart by case only, is an error. (policy checks, duplicate keys with different case) */
function refuseSameKeys(keys: JsonObject, path: string): void {
  const names = Object.keys(keys).map((it) => it.toLowerCase());
  if (new Set(names).size < names.length) throw new PolicyFault(path, "has the same key twice, told apart by case only");
}

/** IAM: keys are prefaced by whose they are, such as `aws:SourceIp`. */
function readKey(key: string, path: string): string {
  const colon = key.indexOf(":");
  if (colon < 1 || colon === key.length - 1) throw new PolicyFault(path, `has a key without a prefix: ${JSON.stringify(key)}`);
  return key.toLowerCase();
}

function readValues(value: unknown, path: string): readonly string[] {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.map((one) => {
    if (typeof one === "string") return one;
    if (typeof one === "boolean") return String(one);
    // A larger number is no longer the one that was written.
    if (typeof one === "number" && Math.abs(one) <= Number.MAX_SAFE_INTEGER) return String(one);
    throw new PolicyFault(path, "must be strings, booleans or numbers of at most 53 bits");
  });
}
