/** A text that is not a policy document. `message` says where and why; what the client is told is for its caller to say. */
export class PolicyFault extends Error {
  /** Such as `Statement[0].Action`. */
  readonly path: string;

  constructor(path: string, what: string) {
    super(`${path} ${what}`);
    this.name = "PolicyFault";
    this.path = path;
  }
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** An object. Throws PolicyFault for anything else; with `known`, for a member that is not one of these too. */
export function readObject(value: unknown, path: string, known?: ReadonlySet<string>): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new PolicyFault(path, "must be an object");
  const unknown = known === undefined ? undefined : Object.keys(value).find((it) => !known.has(it));
  if (unknown !== undefined) throw new PolicyFault(path, `has a member that policies do not know: ${JSON.stringify(unknown)}`);
  return value as JsonObject;
}

/** A member's text, which may be empty; undefined when there is no such member. Throws PolicyFault for any other value. */
export function readText(object: JsonObject, name: string, path: string): string | undefined {
  if (!Object.hasOwn(object, name)) return undefined;
  const value = object[name];
  if (typeof value !== "string") throw new PolicyFault(`${path}.${name}`, "must be a string");
  return value;
}

/** One text or a list of some, as a list; none of them is empty. Throws PolicyFault for anything else. */
export function readTexts(value: unknown, path: string): readonly string[] {
  const texts: unknown[] = Array.isArray(value) ? value : [value];
  if (texts.length === 0) throw new PolicyFault(path, "must name at least one");
  return texts.map((text) => {
    if (typeof text !== "string" || text === "") throw new PolicyFault(path, "must be a string or a list of strings, none empty");
    return text;
  });
}
