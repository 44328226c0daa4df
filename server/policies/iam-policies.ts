import { RegistryError } from "../kernel/errors.ts";
import { parseJson } from "../kernel/json.ts";
import { POLICY_DEPTH_MAX } from "../kernel/limits.ts";
import { type PolicyDocument, parsePolicyDocument, type PolicyStatement } from "./document.ts";
import { PolicyFault } from "./elements.ts";
import { identityFault, resourceFault } from "./policy-faults.ts";
import type { PolicyPrincipal } from "./principal.ts";

const SYNTAX = "Syntax errors in policy.";

/** Reads the policy of a user, group or role. Throws MalformedPolicyDocumentException in IAM's words. */
export function parseIdentityPolicy(text: string): PolicyDocument {
  const document = parseOr(text, () => identityFault(rawStatements(text)) ?? SYNTAX);
  for (const statement of document.statements) {
    if (statement.principals !== undefined) throw malformed("Policy document should not specify a principal.");
    if (statement.resources === undefined) throw malformed("Policy statement must contain resources.");
  }
  const fault = resourceFault(rawStatements(text));
  if (fault !== undefined) throw malformed(fault);
  return document;
}

/** Reads a policy that may be attached to many: of these IAM takes none in the older language. Throws as parseIdentityPolicy. */
export function parseManagedPolicy(text: string): PolicyDocument {
  const document = parseIdentityPolicy(text);
  if (document.version !== "2012-10-17") throw malformed("Policy document must be version 2012-10-17 or greater.");
  return document;
}

/**
 * Reads the policy that says who may assume a role. It has to name somebody, who can be named, and speaks of STS alone; the role
 * that it is about is the one that it is on. Throws as parseIdentityPolicy.
 */
export function parseTrustPolicy(text: string): PolicyDocument {
  if (rawStatements(text) === undefined) throw malformed("This policy contains invalid Json");
  const document = parseOr(text, () => SYNTAX);
  for (const statement of document.statements) checkTrust(statement);
  for (const { principals } of document.statements) {
    const unknown = principals?.of.find((it) => it.kind === "unknown");
    if (unknown !== undefined) throw invalidPrincipal(unknown);
  }
  return document;
}

/** IAM: the text for somebody whom there is not. (hashicorp/terraform-provider-aws#8905) */
export function invalidPrincipal(principal: PolicyPrincipal): RegistryError {
  const name = "arn" in principal ? principal.arn : "name" in principal ? principal.name : "";
  return malformed(`Invalid principal in policy: "AWS":"${name}"`);
}

function checkTrust({ principals, actions, resources }: PolicyStatement): void {
  if (resources !== undefined) throw malformed(`Has prohibited field ${resources.except ? "NotResource" : "Resource"}`);
  if (principals?.except === true) throw malformed("Has prohibited field NotPrincipal");
  if (principals === undefined) throw malformed("Missing required field Principal");
  if (!actions.of.every((it) => it.toLowerCase().startsWith("sts:"))) {
    throw malformed("AssumeRole policy may only specify STS AssumeRole actions.");
  }
}

function parseOr(text: string, describe: () => string): PolicyDocument {
  try {
    return parsePolicyDocument(text);
  } catch (error) {
    if (error instanceof PolicyFault) throw malformed(describe());
    throw error;
  }
}

/** The statements as they were sent, whatever they are; undefined when the text is no JSON. */
function rawStatements(text: string): readonly unknown[] | undefined {
  const json = parseJson(Buffer.from(text), POLICY_DEPTH_MAX);
  if (json === undefined) return undefined;
  const statement: unknown = (json.value as { readonly Statement?: unknown } | null)?.Statement;
  return Array.isArray(statement) ? statement : [statement];
}

function malformed(message: string): RegistryError {
  return new RegistryError("MalformedPolicyDocumentException", message);
}
