import { isUtf8 } from "node:buffer";

/**
 * Reads JSON that a client sent. Undefined when it is not UTF-8, not JSON, or nested deeper than `depthMax`: depth is
 * counted before parsing, so that what walks the value later may recurse.
 */
export function parseJson(bytes: Uint8Array, depthMax: number): { readonly value: unknown } | undefined {
  if (!isUtf8(bytes) || depthOf(bytes) > depthMax) return undefined;
  try {
    return { value: JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8")) };
  } catch {
    // The parser's own message quotes the input; callers say it in their words.
    return undefined;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** How deep arrays and objects nest in JSON text, in one pass. */
function depthOf(bytes: Uint8Array): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (inString) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === 0x7b || byte === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return deepest;
}

/**
 * The first member that an object somewhere in this JSON text, which has to be JSON, names twice; undefined when none does.
 * Parsers keep the last one and say nothing, so whoever reads the first means something else. One pass.
 */
export function duplicateKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === "{" || character === "[") open.push(new Set());
    else if (character === "}" || character === "]") open.pop();
    else if (character === '"') {
      const end = endOfString(json, at);
      if (isKey(json, end)) {
        // Read, not compared as it is written: "a" and "\u0061" are the same member.
        const key = JSON.parse(json.slice(at, end)) as string;
        if (open.at(-1)?.has(key) === true) return key;
        open.at(-1)?.add(key);
      }
      at = end - 1;
    }
  }
  return undefined;
}

/** The position behind the string that opens at `at`. */
function endOfString(json: string, at: number): number {
  let end = at + 1;
  while (end < json.length && json[end] !== '"') end += json[end] === "\\" ? 2 : 1;
  return end + 1;
}

/** Does a colon follow, so that the string that ends here names a member? */
function isKey(json: string, end: number): boolean {
  let next = end;
  while (json[next] === " " || json[next] === "\n" || json[next] === "\r" || json[next] === "\t") next++;
  return json[next] === ":";
}
