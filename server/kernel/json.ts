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
