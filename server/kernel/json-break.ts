/** Where a text stops being JSON, counted from one, and in words what stands there in the place of what. */
export interface JsonBreak {
  readonly line: number;
  readonly column: number;
  readonly expected: string;
  readonly found: string;
}

type Closing = "}" | "]";

/** How far a text has been read. */
interface Scan {
  readonly text: string;
  at: number;
  /** What ends each of the containers that are open. */
  readonly closings: Closing[];
}

/** What may come next. The first of a container may also be its end. */
type State = "value" | "first value" | "name" | "first name" | "separator" | "end";

const SPACE = /[ \t\n\r]*/y;
const LITERAL = /true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const ESCAPE = /["\\/bfnrt]|u[0-9a-fA-F]{4}/y;

/** For each state, what reads one token: it returns the state behind it, or where the text breaks. */
const READ: Readonly<Record<Exclude<State, "end">, (scan: Scan) => State | JsonBreak>> = {
  value: (scan) => readValue(scan, "a value"),
  "first value": (scan) => readClosing(scan) ?? readValue(scan, "a value or ']'"),
  name: (scan) => readName(scan, "a name in double quotes"),
  "first name": (scan) => readClosing(scan) ?? readName(scan, "a name in double quotes or '}'"),
  separator: (scan) => readClosing(scan) ?? readComma(scan),
};

/**
 * The first place where a text is not JSON (RFC 8259), or undefined when all of it is. For telling people what a parser
 * has already refused. One pass, however deep it nests.
 */
export function findJsonBreak(text: string): JsonBreak | undefined {
  const scan: Scan = { text, at: 0, closings: [] };
  let state: State = "value";
  for (;;) {
    scan.at = after(SPACE, text, scan.at);
    if (state === "end") return scan.at === text.length ? undefined : describe(text, scan.at, "the end of the text");
    const next = READ[state](scan);
    if (typeof next !== "string") return next;
    state = next;
  }
}

function readClosing(scan: Scan): State | undefined {
  if (scan.text[scan.at] !== scan.closings.at(-1)) return undefined;
  scan.at++;
  scan.closings.pop();
  return behindValue(scan);
}

function readComma(scan: Scan): State | JsonBreak {
  const closing = scan.closings.at(-1);
  if (scan.text[scan.at] !== ",") return describe(scan.text, scan.at, `',' or '${closing}'`);
  scan.at++;
  return closing === "}" ? "name" : "value";
}

/** A name of a member, and its colon. */
function readName(scan: Scan, expected: string): State | JsonBreak {
  const { text, at } = scan;
  if (text[at] !== '"') return describe(text, at, expected);
  const end = readString(text, at);
  if (typeof end !== "number") return end;
  const colon = after(SPACE, text, end);
  if (text[colon] !== ":") return describe(text, colon, "':'");
  scan.at = colon + 1;
  return "value";
}

function readValue(scan: Scan, expected: string): State | JsonBreak {
  const { text, at } = scan;
  const char = text[at];
  if (char === "{" || char === "[") {
    scan.closings.push(char === "{" ? "}" : "]");
    scan.at++;
    return char === "{" ? "first name" : "first value";
  }
  const end = char === '"' ? readString(text, at) : after(LITERAL, text, at);
  if (typeof end !== "number") return end;
  if (end === at) return describe(text, at, expected);
  scan.at = end;
  return behindValue(scan);
}

function behindValue({ closings }: Scan): State {
  return closings.length === 0 ? "end" : "separator";
}

/** The place behind a string that begins at `start`, or where it breaks. */
function readString(text: string, start: number): number | JsonBreak {
  for (let at = start + 1; ; at++) {
    const char = text[at];
    if (char === '"') return at + 1;
    // A string may hold any character but those that have to be escaped.
    if (char === undefined || char < " ") return describe(text, at, "the '\"' that ends the string");
    if (char !== "\\") continue;
    const end = after(ESCAPE, text, at + 1);
    if (end === at + 1) return describe(text, at + 1, "an escape that JSON knows");
    at = end - 1;
  }
}

/** The place behind what a sticky expression matches at `at`; `at` itself when it does not. */
function after(expression: RegExp, text: string, at: number): number {
  expression.lastIndex = at;
  return expression.test(text) ? expression.lastIndex : at;
}

function describe(text: string, at: number, expected: string): JsonBreak {
  const before = text.slice(0, at).split("\n");
  const char = text.codePointAt(at);
  return {
    line: before.length,
    column: Array.from(before.at(-1) ?? "").length + 1,
    expected,
    found: char === undefined ? "the end of the text" : nameOf(char),
  };
}

function nameOf(char: number): string {
  if (char === 0x0a || char === 0x0d) return "the end of the line";
  const visible = char > 0x20 && char !== 0x7f && !/\p{C}|\p{Z}/u.test(String.fromCodePoint(char));
  return visible ? `'${String.fromCodePoint(char)}'` : `the character U+${char.toString(16).toUpperCase().padStart(4, "0")}`;
}
