/** Where in a text of JSON each value begins, by its path, such as `Statement[0].Action[1]`. The whole is the path "". */
export function jsonPlaces(text: string): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  const open: Container[] = [];
  let name: string | undefined;
  for (const { 0: sign, index } of text.matchAll(TOKEN)) {
    const container = open.at(-1);
    if (sign === "}" || sign === "]") open.pop();
    else if (sign === ",") step(container);
    else if (sign === ":") nameValue(container, name);
    else {
      if (sign.startsWith('"')) name = sign;
      if (container?.awaitsName === true) continue;
      const path = pathIn(container);
      if (!places.has(path)) places.set(path, index);
      if (sign === "{" || sign === "[") open.push({ path, isList: sign === "[", at: 0, name: "", awaitsName: sign === "{" });
    }
  }
  return places;
}

/** Strings, signs, and words such as `true`; nothing in it is tried twice. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s"{}[\],:]+/g;

interface Container {
  readonly path: string;
  readonly isList: boolean;
  at: number;
  name: string;
  awaitsName: boolean;
}

function step(container: Container | undefined): void {
  if (container === undefined) return;
  container.at++;
  container.awaitsName = !container.isList;
}

function nameValue(container: Container | undefined, name: string | undefined): void {
  if (container === undefined || name === undefined) return;
  container.name = String(JSON.parse(name));
  container.awaitsName = false;
}

function pathIn(container: Container | undefined): string {
  if (container === undefined) return "";
  const { path, isList, at, name } = container;
  if (isList) return `${path}[${at}]`;
  return path === "" ? name : `${path}.${name}`;
}
