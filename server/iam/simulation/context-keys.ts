import { parseJson } from "../../kernel/json.ts";
import { POLICY_DEPTH_MAX } from "../../kernel/limits.ts";
import { type Template, parseTemplate } from "../../policies/template.ts";

/**
 * The condition keys that policies ask for, as they are written: those of conditions, and the variables in conditions and
 * resources. Each once, whatever its case, in the order of their first use. The texts have to be policies.
 */
export function contextKeysOf(texts: readonly string[]): readonly string[] {
  const keys = new Map<string, string>();
  for (const key of texts.flatMap(keysOfText)) {
    const folded = key.toLowerCase();
    if (!keys.has(folded)) keys.set(folded, key);
  }
  return [...keys.values()];
}

type Statement = Readonly<Record<string, unknown>>;

function keysOfText(text: string): readonly string[] {
  const document = parseJson(Buffer.from(text), POLICY_DEPTH_MAX)?.value as
    | { Version?: unknown; Statement?: Statement | readonly Statement[] }
    | undefined;
  const statements = [document?.Statement ?? []].flat();
  // IAM: variables are literal text before 2012-10-17. (IAM User Guide, Version)
  const version = document?.Version === "2012-10-17" ? document.Version : "2008-10-17";
  return statements.flatMap((statement) => {
    const comparisons = Object.values((statement["Condition"] ?? {}) as Record<string, Record<string, unknown>>);
    const named = comparisons.flatMap((it) => Object.keys(it));
    const written = [statement["Resource"], statement["NotResource"], ...comparisons.flatMap((it) => Object.values(it))];
    const templates = written.flat().filter((it) => typeof it === "string");
    return [...named, ...templates.flatMap((it) => variablesOf(it, parseTemplate(it, version)))];
  });
}

/** The names of the variables of a text, in its own case. */
function variablesOf(text: string, template: Template): readonly string[] {
  const folded = text.toLowerCase();
  return template.flatMap((part) => {
    if (part.kind !== "variable") return [];
    const at = folded.indexOf(part.key);
    return [text.slice(at, at + part.key.length)];
  });
}
