import { PATTERN_TEXT_LENGTH_MAX } from "../kernel/limits.ts";
import { compileArn, matchesArn, splitArn } from "./arn-pattern.ts";
import type { PolicyDocument, PolicyStatement, Selection } from "./document.ts";
import { compileCondition, type CompiledCondition } from "./match-condition.ts";
import { matches, matchesSigns, parsePattern } from "./pattern.ts";
import type { PolicyPrincipal } from "./principal.ts";
import type { AccessRequest, RequestContext } from "./request.ts";
import { readSigns } from "./signs.ts";
import { expandSigns, fixedText, parseTemplate, variablesOf } from "./template.ts";

/** What a policy is to a request. A repository policy and the policy of a registry are both `resource`. */
export type PolicyType =
  | "identity"
  | "permissions-boundary"
  | "session"
  | "resource"
  | "role-trust"
  | "service-control"
  | "resource-control";

/** A policy of one version, made ready to be asked about any number of requests. It holds nothing of a request. */
export interface CompiledPolicy {
  readonly type: PolicyType;
  /** What tells it from others: its ARN or, where it has none, the name under which it is attached. */
  readonly name: string;
  readonly statements: readonly CompiledStatement[];
}

export interface CompiledStatement {
  readonly sid: string | undefined;
  readonly effect: PolicyStatement["effect"];
  /** Undefined in policies of identities, who are their own principal. */
  readonly principals: Selection<PolicyPrincipal> | undefined;
  /** Asked with the action in lower case. */
  readonly matchesAction: (action: string) => boolean;
  readonly matchesResource: (resource: RequestResource, context: RequestContext) => boolean;
  /** All of them must hold. */
  readonly conditions: readonly CompiledCondition[];
  /** The context keys that its resources, and the values of its conditions, have as variables. */
  readonly variables: readonly string[];
}

/** The resource of a request, split as an ARN; undefined for `*`. */
export type RequestResource = readonly string[] | undefined;

/** Makes a parsed policy ready, once for each version of it. Takes time linear in its length. */
export function compilePolicy(document: PolicyDocument, { type, name }: Pick<CompiledPolicy, "type" | "name">): CompiledPolicy {
  const statements = document.statements.map((it) => ({
    sid: it.sid,
    effect: it.effect,
    principals: it.principals,
    matchesAction: compileActions(it.actions),
    matchesResource: compileResources(it, type, document.version),
    conditions: it.conditions.map((one) => compileCondition(one, { version: document.version, effect: it.effect })),
    variables: variablesIn(it, document.version),
  }));
  return { type, name, statements };
}

/** The resource of a request, for all statements that it is compared with. Nothing has an ARN so long that it is not split. */
export function splitResource(name: AccessRequest["resource"]): RequestResource {
  return name.length > PATTERN_TEXT_LENGTH_MAX ? undefined : splitArn(name);
}

function variablesIn({ resources, conditions }: PolicyStatement, version: PolicyDocument["version"]): readonly string[] {
  const texts = [...(resources?.of ?? []), ...conditions.flatMap((it) => it.values)];
  return [...new Set(texts.flatMap((it) => variablesOf(parseTemplate(it, version))))];
}

function compileActions({ except, of }: PolicyStatement["actions"]): CompiledStatement["matchesAction"] {
  const patterns = of.map((it) => parsePattern(it.toLowerCase()));
  const names = new Set(patterns.filter(({ kind }) => kind === "exact").map((it) => ("text" in it ? it.text : "")));
  const wild = patterns.filter(({ kind }) => kind !== "exact");
  return (action) => (names.has(action) || wild.some((it) => matches(it, action))) !== except;
}

/** Does one pattern of a Resource cover the request's? Undefined when the request does not have one of its variables. */
type ResourceAnswer = (resource: RequestResource, context: RequestContext) => boolean | undefined;

function compileResources(
  { effect, resources }: PolicyStatement,
  type: PolicyType,
  version: PolicyDocument["version"],
): CompiledStatement["matchesResource"] {
  if (resources === undefined) {
    // The policy of a repository and of a role is about what it is attached to. Any other has lost an element, and fails closed.
    const isAttached = type === "resource" || type === "role-trust";
    return () => isAttached || effect === "Deny";
  }
  const answers = resources.of.map((it) => compileResource(it, version));
  if (!resources.except) return (resource, context) => answers.some((it) => it(resource, context) === true);
  return (resource, context) => {
    const given = answers.map((it) => it(resource, context));
    // What nobody can read excepts nothing from a Deny, and gives nothing to an Allow.
    return !given.includes(true) && (effect === "Deny" || !given.includes(undefined));
  };
}

/** IAM: an ARN has its variables after the fifth colon. (IAM User Guide, where you can use policy variables) */
function compileResource(text: string, version: PolicyDocument["version"]): ResourceAnswer {
  if (text === "*") return () => true;
  const parts = splitArn(text);
  const template = parseTemplate(parts?.[5] ?? "", version);
  const fixed = compileArn(readSigns(text));
  // An ARN without all of its parts, which no parsed policy has.
  if (parts === undefined || fixed === undefined) return () => false;
  if (fixedText(template) !== undefined) return (given) => given !== undefined && matchesArn(fixed, given);

  const head = fixed.slice(0, -1);
  return (given, context) => {
    const tail = expandSigns(template, context);
    if (tail === undefined) return undefined;
    return given !== undefined && matchesArn(head, given) && matchesSigns(tail, given[5] ?? "");
  };
}
