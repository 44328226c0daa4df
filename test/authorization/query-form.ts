/** An input in the form of AWS's query protocol: lists by `member.N`, members of structures by dots. */
export function queryForm(input: Readonly<Record<string, unknown>>): string {
  return new URLSearchParams(pairsOf("", input)).toString();
}

function pairsOf(name: string, value: unknown): [string, string][] {
  const below = (key: string): string => (name === "" ? key : `${name}.${key}`);
  if (Array.isArray(value)) return value.flatMap((it, at) => pairsOf(below(`member.${at + 1}`), it));
  if (typeof value !== "object" || value === null) return [[name, String(value)]];
  return Object.entries(value).flatMap(([key, it]) => pairsOf(below(key), it));
}
