import { RegistryError } from "../../kernel/errors.ts";
import { findJsonBreak } from "../../kernel/json-break.ts";
import { compilePolicy } from "../../policies/compile.ts";
import { type PolicyDocument, parsePolicyDocument } from "../../policies/document.ts";
import { PolicyFault } from "../../policies/elements.ts";
import { parseIdentityPolicy, parseManagedPolicy, parseTrustPolicy } from "../../policies/iam-policies.ts";
import { parseRegistryPolicy, parseRepositoryPolicy } from "../../policies/resource-policies.ts";
import { checkControlPolicy } from "../organisation/parse-control-policy.ts";
import { remarkOnActions } from "./check-actions.ts";
import { remarkOnClients } from "./check-clients.ts";
import { remarkOnEffects } from "./check-effects.ts";
import { remarkOnElements } from "./check-elements.ts";
import type { CheckedPolicy } from "./checked-policy.ts";
import { error, type Finding, type PolicyKind, type Remark } from "./finding.ts";
import { jsonPlaces } from "./json-places.ts";

/** What was found in a document, and the document where it is one. */
export interface PolicyCheck {
  readonly kind: PolicyKind;
  readonly policy: CheckedPolicy | undefined;
  readonly remarks: readonly Remark[];
}

/** Looks at the text of a policy without anything else. Without `kind` it is held for what it seems to be. */
export function checkPolicy(text: string, kind?: PolicyKind): PolicyCheck {
  let document: PolicyDocument;
  try {
    document = parsePolicyDocument(text);
  } catch (fault) {
    if (!(fault instanceof PolicyFault)) throw fault;
    return { kind: kind ?? "identity", policy: undefined, remarks: [error(pathOf(fault), `${fault.message}.`)] };
  }
  const seeming = kind ?? kindOf(document);
  const policy: CheckedPolicy = {
    kind: seeming,
    document,
    compiled: compilePolicy(document, { type: typeOf(seeming), name: "" }),
  };
  const elements = remarkOnElements(policy);
  const refused = elements.some((it) => it.severity === "error") ? [] : refusal(text, seeming);
  const remarks = [...refused, ...elements, ...remarkOnActions(policy), ...remarkOnClients(policy), ...remarkOnEffects(policy)];
  return { kind: seeming, policy, remarks };
}

/** Remarks with their places in the text, from the first to the last. */
export function placeRemarks(text: string, remarks: readonly Remark[]): readonly Finding[] {
  const broken = findJsonBreak(text);
  if (broken !== undefined) {
    const { line, column, expected, found } = broken;
    return [
      { severity: "error", line, column, message: `This is not JSON: ${expected} is expected here, and there is ${found}.` },
    ];
  }
  const places = jsonPlaces(text);
  return remarks
    .map(({ severity, path, message }) => ({ severity, ...lineOf(text, placeOf(places, path)), message }))
    .toSorted((one, other) => one.line - other.line || one.column - other.column);
}

/** The place of a path, or of what it is in. A statement may stand alone, in no list, and so may a text. */
function placeOf(places: ReadonlyMap<string, number>, path: string): number {
  for (let at = path; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf("."), at.lastIndexOf("[")))) {
    const place = places.get(at) ?? places.get(at.replace(/^Statement\[0\]/, "Statement"));
    if (place !== undefined) return place;
  }
  return places.get("") ?? 0;
}

function lineOf(text: string, at: number): { readonly line: number; readonly column: number } {
  const lines = text.slice(0, at).split("\n");
  return { line: lines.length, column: (lines.at(-1) ?? "").length + 1 };
}

/** In a fault the document has no path. */
function pathOf({ path }: PolicyFault): string {
  return path === "The policy" ? "" : path;
}

function kindOf({ statements }: PolicyDocument): PolicyKind {
  if (statements.every((it) => it.principals === undefined)) return "identity";
  if (statements.every((it) => it.actions.of.every((action) => action.toLowerCase().startsWith("sts:")))) return "trust";
  return statements.some((it) => it.resources !== undefined && !it.resources.of.includes("*")) ? "registry" : "repository";
}

const TYPES = {
  identity: "identity",
  repository: "resource",
  registry: "resource",
  trust: "role-trust",
  scp: "service-control",
  boundary: "permissions-boundary",
} as const;

function typeOf(kind: PolicyKind): (typeof TYPES)[PolicyKind] {
  return TYPES[kind];
}

const PARSERS: Readonly<Record<PolicyKind, (text: string) => unknown>> = {
  identity: parseIdentityPolicy,
  repository: parseRepositoryPolicy,
  registry: parseRegistryPolicy,
  trust: parseTrustPolicy,
  scp: checkControlPolicy,
  boundary: parseManagedPolicy,
};

/** What this registry, and AWS, says when such a policy is set. */
function refusal(text: string, kind: PolicyKind): readonly Remark[] {
  try {
    PARSERS[kind](text);
    return [];
  } catch (fault) {
    if (!(fault instanceof RegistryError)) throw fault;
    return [error("", `It is refused with: ${fault.message}`)];
  }
}
