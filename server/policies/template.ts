import { PATTERN_TEXT_LENGTH_MAX } from "../kernel/limits.ts";
import type { PolicyDocument } from "./document.ts";
import { literalSigns, readSigns, type Signs } from "./signs.ts";
import type { RequestContext } from "./request.ts";

/** A text of a policy with its variables, which the context of each request fills in. */
export type Template = readonly Part[];

type Part =
  /** A text, and its signs where a pattern is expected: in those of `${*}`, `${?}` and `${$}` there are no wildcards. */
  | { readonly kind: "written" | "escaped"; readonly text: string; readonly signs: Signs }
  | { readonly kind: "variable"; readonly key: string; readonly fallback: string | undefined };

const OPEN = "${";

/**
 * Reads the variables of a text, such as `${aws:username}` or `${aws:PrincipalTag/team, 'none'}`. What only looks like one
 * stays as it is written.
 */
export function parseTemplate(text: string, version: PolicyDocument["version"]): Template {
  // IAM: variables are literal text before 2012-10-17. (IAM User Guide, Version)
  if (version === "2008-10-17") return [written(text)];
  const parts: Part[] = [];
  let done = 0;
  let open = text.indexOf(OPEN);
  while (open !== -1) {
    const found = readVariable(text, open + OPEN.length);
    if (found !== undefined) {
      if (open > done) parts.push(written(text.slice(done, open)));
      parts.push(found.part);
      done = found.end;
    }
    open = text.indexOf(OPEN, found?.end ?? open + OPEN.length);
  }
  if (done < text.length || parts.length === 0) parts.push(written(text.slice(done)));
  return parts;
}

function written(text: string): Part {
  return { kind: "written", text, signs: readSigns(text) };
}

/** The text without variables and escapes, or undefined when there are some. */
export function fixedText(template: Template): string | undefined {
  const [only, second] = template;
  return only?.kind === "written" && second === undefined ? only.text : undefined;
}

/** The context keys that a template takes from each request. */
export function variablesOf(template: Template): readonly string[] {
  return template.flatMap((part) => (part.kind === "variable" ? [part.key] : []));
}

/** The text with its variables filled in, wildcards and all; undefined when the request does not have one of them. */
export function expandText(template: Template, context: RequestContext): string | undefined {
  const texts = template.map((part) => expandPart(part, context));
  return texts.includes(undefined) ? undefined : texts.join("");
}

/** As expandText, for a pattern: what a variable brings is never a wildcard. */
export function expandSigns(template: Template, context: RequestContext): Signs | undefined {
  const signs: number[] = [];
  for (const part of template) {
    const text = expandPart(part, context);
    if (text === undefined) return undefined;
    for (const sign of part.kind === "variable" ? literalSigns(text) : part.signs) signs.push(sign);
  }
  return signs;
}

/**
 * IAM: a key with many values is no variable; the default is for a key that is not there. (IAM User Guide, policy variables)
 * Neither is a value so long that nothing is compared with it, for a policy may name it hundreds of times.
 */
function expandPart(part: Part, context: RequestContext): string | undefined {
  if (part.kind !== "variable") return part.text;
  const values = context(part.key);
  if (values === undefined || values.length === 0) return part.fallback;
  const [value = ""] = values;
  return values.length === 1 && value.length <= PATTERN_TEXT_LENGTH_MAX ? value : undefined;
}

/** One variable whose name begins at `start`, and where it ends. A name holds no `$`, so nothing is looked at twice. */
function readVariable(text: string, start: number): { part: Part; end: number } | undefined {
  const escaped = text.charAt(start);
  if ("*?$".includes(escaped) && text[start + 1] === "}") {
    return { part: { kind: "escaped", text: escaped, signs: literalSigns(escaped) }, end: start + 2 };
  }

  let at = start;
  while (at < text.length && !",}$".includes(text.charAt(at))) at++;
  const key = text.slice(start, at).trim().toLowerCase();
  if (key === "") return undefined;
  if (text[at] === "}") return { part: { kind: "variable", key, fallback: undefined }, end: at + 1 };
  if (text[at] !== ",") return undefined;

  const quote = skipSpaces(text, at + 1);
  if (text[quote] !== "'") return undefined;
  const close = text.indexOf("'", quote + 1);
  const end = skipSpaces(text, close + 1);
  if (close === -1 || text[end] !== "}") return undefined;
  return { part: { kind: "variable", key, fallback: text.slice(quote + 1, close) }, end: end + 1 };
}

function skipSpaces(text: string, at: number): number {
  let end = at;
  while (text[end] === " ") end++;
  return end;
}
