import { duplicateKey, parseJson } from "../kernel/json.ts";
import { POLICY_DEPTH_MAX } from "../kernel/limits.ts";
import { parseConditions, type PolicyCondition } from "./condition.ts";
import { type JsonObject, PolicyFault, readObject, readText, readTexts } from "./elements.ts";
import { parsePrincipal, type PolicyPrincipal, PRINCIPAL_TYPES } from "./principal.ts";

/** IAM: variables such as `${aws:username}` are literal text before 2012-10-17. (IAM User Guide, Version) */
const VERSIONS = ["2008-10-17", "2012-10-17"] as const;

/** A policy of any kind, checked and in one form. Which elements its kind needs or forbids is for its kind to say. */
export interface PolicyDocument {
  /** IAM: 2008-10-17 when a document does not say. (IAM User Guide, Version) */
  readonly version: (typeof VERSIONS)[number];
  readonly id: string | undefined;
  readonly statements: readonly PolicyStatement[];
}

export interface PolicyStatement {
  readonly sid: string | undefined;
  readonly effect: "Allow" | "Deny";
  /** Undefined in policies of identities, who are their own principal. */
  readonly principals: Selection<PolicyPrincipal> | undefined;
  /** Patterns with `*` and `?`, compared without regard to case. */
  readonly actions: Selection<string>;
  /** `*` or patterns of ARNs, all of six parts. Undefined in policies that are attached to the one resource that they are about. */
  readonly resources: Selection<string> | undefined;
  /** All of them must hold. */
  readonly conditions: readonly PolicyCondition[];
}

/** What a statement applies to: any of these or, where its element is a `Not…`, all but these. */
export interface Selection<Item> {
  readonly except: boolean;
  readonly of: readonly Item[];
}

const DOCUMENT_ELEMENTS = new Set(["Version", "Id", "Statement"]);
const STATEMENT_ELEMENTS = new Set([
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
]);
const VENDOR = /^[A-Za-z0-9.-]+$/;
const ARN_PARTS = 6;
/** `arn`, a partition and the service whose resources are meant. */
const ARN_PARTS_MIN = 3;

/**
 * Reads the text of a policy document, in time linear in its length. Throws PolicyFault with what is wrong and where. An object
 * that names a member twice is refused, for it means two things to two readers. A principal that cannot be one comes back as
 * `unknown`, because its refusal has words of its own.
 */
export function parsePolicyDocument(text: string): PolicyDocument {
  const json = parseJson(Buffer.from(text), POLICY_DEPTH_MAX);
  if (json === undefined) throw new PolicyFault("The policy", `must be JSON that nests at most ${POLICY_DEPTH_MAX} deep`);
  if (duplicateKey(text) !== undefined) throw new PolicyFault("The policy", "must not name a member twice in one object");

  const document = readObject(json.value, "The policy", DOCUMENT_ELEMENTS);
  const statement = document["Statement"];
  const statements: unknown[] = Array.isArray(statement) ? statement : [statement];
  if (statements.length === 0) throw new PolicyFault("Statement", "must hold at least one");
  return {
    version: readVersion(document),
    id: readText(document, "Id", "The policy"),
    statements: refuseSameSids(statements.map((it, index) => readStatement(it, `Statement[${index}]`))),
  };
}

function readVersion(document: JsonObject): PolicyDocument["version"] {
  const given = readText(document, "Version", "The policy");
  const version = given === undefined ? "2008-10-17" : VERSIONS.find((it) => it === given);
  if (version === undefined) throw new PolicyFault("Version", `must be one of ${VERSIONS.join(", ")}`);
  return version;
}

/** IAM: Sids are unique in a document; those that are empty say nothing. (IAM User Guide, Sid) */
function refuseSameSids(statements: readonly PolicyStatement[]): readonly PolicyStatement[] {
  const sids = statements.map(({ sid }) => sid).filter((it) => it !== undefined && it !== "");
  if (new Set(sids).size < sids.length) throw new PolicyFault("Statement", "must not use a Sid twice");
  return statements;
}

function readStatement(value: unknown, path: string): PolicyStatement {
  const statement = readObject(value, path, STATEMENT_ELEMENTS);
  const effect = readText(statement, "Effect", path);
  if (effect !== "Allow" && effect !== "Deny") throw new PolicyFault(`${path}.Effect`, "must be Allow or Deny");
  const actions = readSelection(statement, "Action", path, readActions);
  if (actions === undefined) throw new PolicyFault(path, "must have an Action or a NotAction");
  return {
    sid: readText(statement, "Sid", path),
    effect,
    principals: readSelection(statement, "Principal", path, readPrincipals),
    actions,
    resources: readSelection(statement, "Resource", path, readResources),
    conditions: Object.hasOwn(statement, "Condition") ? parseConditions(statement["Condition"], `${path}.Condition`) : [],
  };
}

/** The element of this name, or the `Not…` of it, but not both. Undefined when there is neither. */
function readSelection<Item>(
  statement: JsonObject,
  name: string,
  path: string,
  read: (value: unknown, path: string) => readonly Item[],
): Selection<Item> | undefined {
  const [given, second] = [name, `Not${name}`].filter((it) => Object.hasOwn(statement, it));
  if (given === undefined) return undefined;
  if (second !== undefined) throw new PolicyFault(path, `must not have both ${given} and ${second}`);
  return { except: given !== name, of: read(statement[given], `${path}.${given}`) };
}

function readPrincipals(value: unknown, path: string): readonly PolicyPrincipal[] {
  if (value === "*") return [{ kind: "everyone" }];
  const principals = Object.entries(readObject(value, path, PRINCIPAL_TYPES)).flatMap(([type, names]) =>
    readTexts(names, `${path}.${type}`).map((name) => parsePrincipal(type, name)),
  );
  if (principals.length === 0) throw new PolicyFault(path, "must name somebody");
  return principals;
}

/** IAM: an action is `*`, or a vendor, one colon and a name; any vendor, for an action that nobody knows is legal and never asked for. */
function readActions(value: unknown, path: string): readonly string[] {
  return readTexts(value, path).map((action) => {
    const [vendor = "", name, ...more] = action.split(":");
    const isWhole = name !== undefined && name !== "" && more.length === 0 && (vendor === "*" || VENDOR.test(vendor));
    if (action !== "*" && !isWhole) throw new PolicyFault(path, `has what is not an action: ${JSON.stringify(action)}`);
    return action;
  });
}

/**
 * IAM: a resource is `*` or an ARN; one that ends early has a `*` for each part that it leaves out. (IAM User Guide, Resource)
 * ECR: takes such ARNs in registry policies. (containers-roadmap issue 2675)
 */
function readResources(value: unknown, path: string): readonly string[] {
  return readTexts(value, path).map((resource) => {
    if (resource === "*") return resource;
    const { length } = resource.split(":");
    if (!resource.startsWith("arn:") || length < ARN_PARTS_MIN) {
      throw new PolicyFault(path, `has what is not an ARN: ${JSON.stringify(resource)}`);
    }
    return resource + ":*".repeat(Math.max(0, ARN_PARTS - length));
  });
}
