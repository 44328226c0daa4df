import { RegistryError } from "../kernel/errors.ts";
import { QUERY_PARAMETERS_MAX } from "../kernel/limits.ts";
import type { Shape, StructureShape } from "../kernel/shape.ts";

/** Parameters of the query protocol, taken apart at their dots: `Tags.member.1.Key=a` is a path of four names. */
export interface QueryNode {
  readonly value: string | undefined;
  readonly children: ReadonlyMap<string, QueryNode>;
}

interface Growing {
  value: string | undefined;
  readonly children: Map<string, Growing>;
}

/** No input of AWS's query services nests deeper. */
const DEPTH_MAX = 16;

/** Parses a form or a query string. Throws ValidationException for too many parameters or names of too many parts. */
export function parseQuery(text: string): QueryNode {
  const root: Growing = { value: undefined, children: new Map() };
  let count = 0;
  for (const [name, value] of new URLSearchParams(text)) {
    if (++count > QUERY_PARAMETERS_MAX) throw malformed(`A request may have at most ${QUERY_PARAMETERS_MAX} parameters.`);
    const parts = name.split(".", DEPTH_MAX + 1);
    if (parts.length > DEPTH_MAX) throw malformed(`The name of a parameter may have at most ${DEPTH_MAX} parts.`);
    let node = root;
    for (const part of parts) node = childOf(node, part);
    node.value = value;
  }
  return root;
}

/**
 * Turns parameters into a value that `read` of kernel/shape.ts can check: texts become numbers and booleans where the
 * shape says so, and `.member.N` lists become lists. What does not fit its type is left a text, for `read` to refuse.
 */
export function queryInput(shape: StructureShape, node: QueryNode): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(shape.members)) {
    const child = node.children.get(name);
    if (child !== undefined) result[name] = queryValue(member, child);
  }
  return result;
}

function queryValue(shape: Shape, node: QueryNode): unknown {
  switch (shape.kind) {
    case "structure":
      return queryInput(shape, node);
    case "list":
      return queryList(shape.of, node);
    case "integer":
    case "long":
      return node.value !== undefined && /^-?[0-9]{1,16}$/.test(node.value) ? Number(node.value) : node.value;
    case "boolean":
      return node.value === "true" ? true : node.value === "false" ? false : node.value;
    case "string":
    case "blob":
      return node.value;
  }
}

/** The items of a list are numbered from 1; it ends at the first gap. `Name=` alone is the empty list. */
function queryList(of: Shape, node: QueryNode): unknown[] {
  const items: unknown[] = [];
  const members = node.children.get("member")?.children;
  for (let number = 1; number <= QUERY_PARAMETERS_MAX; number++) {
    const item = members?.get(String(number));
    if (item === undefined) break;
    items.push(queryValue(of, item));
  }
  return items;
}

function childOf(node: Growing, name: string): Growing {
  const known = node.children.get(name);
  if (known !== undefined) return known;
  const fresh: Growing = { value: undefined, children: new Map() };
  node.children.set(name, fresh);
  return fresh;
}

function malformed(sentence: string): RegistryError {
  return new RegistryError("ValidationException", sentence);
}
