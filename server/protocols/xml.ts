/** XML as AWS's query protocol writes it: elements and text, no attributes but the namespace of the root. */

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "\r": "&#13;",
};

/** Whatever is not a Char of XML 1.0. */
const NOT_XML = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

/** Escapes text. What XML 1.0 cannot say at all (most control characters, half a surrogate pair) becomes U+FFFD. */
export function xmlText(text: string): string {
  const valid = text.replace(NOT_XML, "\ufffd");
  return valid.replace(/[&<>"'\r]/g, (character) => ESCAPES[character] ?? "");
}

/** A whole document; `content` is XML already. */
export function xmlDocument(root: string, namespace: string, content: string): string {
  return `<${root} xmlns="${namespace}">${content}</${root}>\n`;
}

/**
 * One element and all that is in it. Structures become child elements, lists `<member>`s, Maps entries, dates ISO 8601 in whole seconds;
 * undefined members are left out. Names are the code's own, never a client's.
 */
export function xmlElement(name: string, value: unknown): string {
  return `<${name}>${xmlContent(value)}</${name}>`;
}

function entries(map: ReadonlyMap<unknown, unknown>): string {
  return Array.from(map, ([key, value]) => xmlElement("entry", { key, value })).join("");
}

function xmlContent(value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => xmlElement("member", item)).join("");
  if (value instanceof Map) return entries(value);
  if (value instanceof Date) return value.toISOString().replace(/\.\d+Z$/, "Z");
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined && member !== null);
    return members.map(([name, member]) => xmlElement(name, member)).join("");
  }
  return xmlText(String(value));
}
