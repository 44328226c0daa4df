import type { PolicyCondition } from "../policies/condition.ts";
import type { PolicyDocument, PolicyStatement } from "../policies/document.ts";
import type { PolicyPrincipal } from "../policies/principal.ts";
import type { AccessRequest } from "../policies/request.ts";

/**
 * IAM's decision a second time, for tests: written from the words of AWS's user guide, slowly and without thought for anything but
 * those words. It shares the parsed documents with the evaluator of the product, and nothing else.
 */
export interface NaivePolicies {
  readonly identity: readonly PolicyDocument[];
  readonly boundary?: PolicyDocument | undefined;
  readonly session?: readonly PolicyDocument[] | undefined;
  readonly tokenScope?: readonly PolicyDocument[] | undefined;
  readonly resource: readonly PolicyDocument[];
  readonly resourceMustAllow?: boolean | undefined;
  readonly serviceControl?: { isManagementAccount: boolean; levels: readonly (readonly PolicyDocument[])[] } | undefined;
  readonly resourceControl?: { isManagementAccount: boolean; levels: readonly (readonly PolicyDocument[])[] } | undefined;
}

export type NaiveAnswer = "allowed" | "explicitly denied" | "not allowed";

export function evaluateNaively(request: AccessRequest, policies: NaivePolicies): NaiveAnswer {
  const isServiceLinked =
    request.principal.type === "assumed-role" && /:role\/aws-service-role\//.test(request.principal.session?.principalArn ?? "");
  const controls = [policies.serviceControl, policies.resourceControl]
    .filter((it) => it !== undefined)
    .filter((it) => !it.isManagementAccount && !isServiceLinked)
    .flatMap((it) => it.levels);

  // A. An explicit deny in any applicable policy.
  const everything = [
    ...controls.flat(),
    ...policies.identity,
    ...(policies.boundary ? [policies.boundary] : []),
    ...(policies.session ?? []),
    ...(policies.tokenScope ?? []),
    ...policies.resource,
  ];
  if (matching(everything, "Deny", request).length > 0) return "explicitly denied";

  // B. Every level of the organizations has to allow, and the scope of the token.
  const allows = (documents: readonly PolicyDocument[]) => matching(documents, "Allow", request).length > 0;
  if (!controls.every(allows)) return "not allowed";
  if (policies.tokenScope !== undefined && !allows(policies.tokenScope)) return "not allowed";

  const { principal, resourceAccount } = request;
  if (resourceAccount === undefined) return "not allowed";
  const grants = matching(policies.resource, "Allow", request);
  if (principal.account === undefined) return grants.length > 0 ? "allowed" : "not allowed";

  const boundaryAllows = policies.boundary === undefined || allows([policies.boundary]);
  const sessionAllows = policies.session === undefined || allows(policies.session);
  const identityAllows = principal.type === "root" || allows(policies.identity);
  const principalSide = identityAllows && boundaryAllows && sessionAllows;

  // D. Across accounts both sides have to allow.
  if (principal.account !== resourceAccount) return principalSide && grants.length > 0 ? "allowed" : "not allowed";

  // C. Within an account.
  const means = (kinds: readonly string[]) =>
    grants.some(
      ({ principals }) =>
        (principals?.except ?? false) ||
        (principals?.of ?? []).some((it) => kinds.includes(it.kind) && names(it, request.principal)),
    );
  if (means(["everyone", "user", "session", "federated-user"])) return "allowed";
  if (means(["role"])) return boundaryAllows && sessionAllows ? "allowed" : "not allowed";
  if (policies.resourceMustAllow && grants.length === 0) return "not allowed";
  return principalSide ? "allowed" : "not allowed";
}

function matching(
  documents: readonly PolicyDocument[],
  effect: PolicyStatement["effect"],
  request: AccessRequest,
): readonly PolicyStatement[] {
  return documents.flatMap((document) =>
    document.statements.filter(
      (it) =>
        it.effect === effect &&
        isAboutPrincipal(it, request) &&
        isAboutAction(it, request) &&
        isAboutResource(it, document, request) &&
        it.conditions.every((condition) => holds(condition, document, request) ?? effect === "Deny"),
    ),
  );
}

function isAboutPrincipal({ principals, effect }: PolicyStatement, { principal }: AccessRequest): boolean {
  if (principals === undefined) return true;
  if (!principals.except) return principals.of.some((it) => names(it, principal));
  if (principals.of.some(({ kind }) => kind === "everyone")) return false;
  const named = principals.of.filter((it) => names(it, principal)).map(({ kind }) => kind);
  if (effect === "Allow") return named.length === 0;
  const needed: Record<string, readonly string[]> = {
    root: ["account"],
    user: ["user", "account"],
    "assumed-role": ["session", "role", "account"],
    "federated-user": ["federated-user", "account"],
    service: ["service"],
    federated: ["federated"],
  };
  return !(needed[principal.type] ?? []).every((kind) => named.includes(kind as PolicyPrincipal["kind"]));
}

function names(named: PolicyPrincipal, principal: AccessRequest["principal"]): boolean {
  if (named.kind === "everyone") return true;
  if (named.kind === "account") return principal.account === named.account;
  if (named.kind === "service") return principal.type === "service" && principal.name === named.name;
  if (named.kind === "federated") return principal.type === "federated" && principal.name === named.name;
  if (named.kind === "role") {
    if (principal.type !== "assumed-role") return false;
    return named.id ? named.id === principal.entityId : named.arn === principal.session?.principalArn;
  }
  if (!("arn" in named) || !("arn" in principal)) return false;
  if (principal.type !== (named.kind === "session" ? "assumed-role" : named.kind)) return false;
  return named.id ? named.id === principal.userId : named.arn === principal.arn;
}

function isAboutAction({ actions }: PolicyStatement, { action }: AccessRequest): boolean {
  const isNamed = actions.of.some((it) => like([...it.toUpperCase()], action.toUpperCase()));
  return actions.except ? !isNamed : isNamed;
}

function isAboutResource(
  { resources, effect }: PolicyStatement,
  { version }: PolicyDocument,
  { resource, context }: AccessRequest,
): boolean {
  if (resources === undefined) return true;
  const answers = resources.of.map((pattern) => {
    if (pattern === "*") return true;
    const segments = pattern.split(":");
    const last = fillIn(segments.slice(5).join(":"), version, context);
    if (last === undefined) return undefined;
    return likeArn([...segments.slice(0, 5).map((it) => [...it]), last], resource);
  });
  if (!resources.except) return answers.includes(true);
  if (answers.includes(true)) return false;
  return effect === "Deny" || !answers.includes(undefined);
}

/** A text sign by sign, with every variable filled in; a sign of more than one character is a literal one. */
function fillIn(
  text: string,
  version: PolicyDocument["version"],
  context: AccessRequest["context"],
): readonly string[] | undefined {
  if (version !== "2012-10-17") return [...text];
  const signs: string[] = [];
  for (const piece of text.split(/(\$\{[^}]*\})/)) {
    const inside = /^\$\{([^}]*)\}$/.exec(piece)?.[1];
    if (inside === undefined) {
      signs.push(...piece);
    } else if (inside === "*" || inside === "?" || inside === "$") {
      signs.push(`literal ${inside}`);
    } else {
      const [key = "", fallback] = inside.split(/, *'/);
      const values = context(key.toLowerCase()) ?? [];
      const value = values.length === 0 ? fallback?.slice(0, -1) : values.length === 1 ? values[0] : undefined;
      if (value === undefined) return undefined;
      signs.push(...[...value].map((it) => `literal ${it}`));
    }
  }
  return signs;
}

function like(signs: readonly string[], text: string): boolean {
  const [sign, ...rest] = signs;
  if (sign === undefined) return text === "";
  if (sign === "*") return like(rest, text) || (text !== "" && like(signs, text.slice(1)));
  if (text === "") return false;
  return (sign === "?" || sign.at(-1) === text[0]) && like(rest, text.slice(1));
}

function likeArn(patterns: readonly (readonly string[])[], text: string): boolean {
  const segments = text.split(":");
  if (segments[0] !== "arn" || segments.length < 6) return false;
  const parts = [...segments.slice(0, 5), segments.slice(5).join(":")];
  return parts.every((part, at) => like(patterns[at] ?? [], part));
}

/** Undefined when there is no saying. */
function holds(condition: PolicyCondition, { version }: PolicyDocument, { context }: AccessRequest): boolean | undefined {
  const { operator, set, ifExists, key, values } = condition;
  const given = context(key) ?? [];
  if (operator === "Null") {
    const answers = values.map((it) =>
      it.toLowerCase() === "true" ? given.length === 0 : it.toLowerCase() === "false" ? given.length > 0 : undefined,
    );
    return answers.includes(true) ? true : answers.includes(undefined) ? undefined : false;
  }
  const isNegated = operator.includes("Not");
  if (given.length === 0) {
    if (ifExists) return true;
    if (set === "ForAllValues") return true;
    if (set === "ForAnyValue") return false;
    return isNegated;
  }
  if (set === undefined && given.length > 1) return false;
  const answers = given.map((one) => {
    const each = values.map((it) => compare(operator.replace("Not", ""), one, it, fillIn(it, version, context)));
    const found = each.includes(true) ? true : each.includes(undefined) ? undefined : false;
    return found === undefined ? undefined : found !== isNegated;
  });
  if (set === "ForAnyValue") return answers.includes(true) ? true : answers.includes(undefined) ? undefined : false;
  return answers.includes(false) ? false : answers.includes(undefined) ? undefined : true;
}

function compare(operator: string, given: string, written: string, filled: readonly string[] | undefined): boolean | undefined {
  const text = filled?.map((it) => it.at(-1)).join("");
  switch (operator) {
    case "StringEquals":
      return text === given;
    case "StringEqualsIgnoreCase":
      return text?.toUpperCase() === given.toUpperCase();
    case "StringLike":
      return filled !== undefined && like(filled, given);
    case "ArnEquals":
    case "ArnLike": {
      if (filled === undefined) return false;
      const segments = splitSigns(filled);
      return segments.length >= 6 && likeArn([...segments.slice(0, 5), joinSigns(segments.slice(5))], given);
    }
    case "Bool":
      if (text === undefined) return false;
      if (!/^(true|false)$/i.test(given) || !/^(true|false)$/i.test(text)) return undefined;
      return given.toLowerCase() === text.toLowerCase();
    case "BinaryEquals":
      return isBase64(given) && isBase64(written) ? given === written : undefined;
    case "IpAddress":
      return isInRange(given, written);
    default:
      return compareNumbers(operator, operator.startsWith("Date") ? dateOf : numberOf, given, written);
  }
}

function splitSigns(signs: readonly string[]): string[][] {
  const segments: string[][] = [[]];
  for (const sign of signs) {
    if (sign.at(-1) === ":") segments.push([]);
    else segments.at(-1)?.push(sign);
  }
  return segments;
}

function joinSigns(segments: readonly (readonly string[])[]): readonly string[] {
  return segments.flatMap((it, at) => (at === 0 ? it : [":", ...it]));
}

function isBase64(text: string): boolean {
  return /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text);
}

function compareNumbers(operator: string, read: (text: string) => number | undefined, given: string, written: string) {
  const a = read(given);
  const b = read(written);
  if (a === undefined || b === undefined) return undefined;
  if (operator.endsWith("LessThan")) return a < b;
  if (operator.endsWith("LessThanEquals")) return a <= b;
  if (operator.endsWith("GreaterThan")) return a > b;
  if (operator.endsWith("GreaterThanEquals")) return a >= b;
  return a === b;
}

function numberOf(text: string): number | undefined {
  return /^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

function dateOf(text: string): number | undefined {
  if (/^-?\d+(\.\d+)?$/.test(text) && !/^\d{4}$/.test(text)) return Math.floor(Number(text));
  const match = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(?:Z|([+-])(\d\d):(\d\d)))?)?)?$/.exec(text);
  if (match === null) return undefined;
  const [year, month = 1, day = 1, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((it) => it && Number(it)) as number[];
  const offset = (match[7] === "-" ? -1 : 1) * (Number(match[8] ?? 0) * 60 + Number(match[9] ?? 0));
  return Date.UTC(year ?? 0, month - 1, day, hour, minute - offset, second) / 1000;
}

function isInRange(given: string, written: string): boolean | undefined {
  const [network = "", prefix] = written.split("/");
  const a = bitsOf(given);
  const b = bitsOf(network);
  if (a === undefined || b === undefined) return undefined;
  const length = prefix === undefined ? b.length : Number(prefix);
  return a.length === b.length && a.slice(0, length) === b.slice(0, length);
}

/** An address as the ones and zeros that it is made of. */
function bitsOf(text: string): string | undefined {
  const binary = (number: number, length: number) => number.toString(2).padStart(length, "0");
  if (/^\d+(\.\d+){3}$/.test(text)) {
    return text
      .split(".")
      .map((it) => binary(Number(it), 8))
      .join("");
  }
  if (!/^[0-9a-f:]+$/.test(text) || !text.includes(":")) return undefined;
  const [head = [], tail] = text.split("::").map((it) => (it === "" ? [] : it.split(":")));
  const words = tail === undefined ? head : [...head, ..."0".repeat(8 - head.length - tail.length), ...tail];
  return words.map((it) => binary(Number.parseInt(it, 16), 16)).join("");
}
