import { type CompiledPolicy, type CompiledStatement, type RequestResource, splitResource } from "./compile.ts";
import type { StatementName } from "./decision.ts";
import { type Grip, gripOf, isMoreDirect } from "./match-principal.ts";
import type { AccessRequest } from "./request.ts";

/** A request in the form in which statements are asked about it. */
export interface Question {
  readonly request: AccessRequest;
  /** In lower case. */
  readonly action: string;
  readonly resource: RequestResource;
}

/** What some policies say together. */
export interface Answer {
  /** The first statement that denies. */
  readonly deny: StatementName | undefined;
  /** The statement that allows; of several, one that means the principal most directly. */
  readonly allow: StatementName | undefined;
  /** How `allow` means the principal. */
  readonly grip: Grip | undefined;
}

export function questionOf(request: AccessRequest): Question {
  return { request, action: request.action.toLowerCase(), resource: splitResource(request.resource) };
}

/** Asks every statement of some policies, up to the first that denies. */
export function askPolicies(policies: readonly CompiledPolicy[], question: Question): Answer {
  let allow: StatementName | undefined;
  let grip: Grip | undefined;
  for (const policy of policies) {
    for (const [index, statement] of policy.statements.entries()) {
      const found = applies(statement, policy, question);
      if (found === undefined) continue;
      if (statement.effect === "Deny") return { deny: nameOf(policy, statement, index), allow: undefined, grip: undefined };
      if (!isMoreDirect(found, grip)) continue;
      allow = nameOf(policy, statement, index);
      grip = found;
    }
  }
  return { deny: undefined, allow, grip };
}

/** Does a statement apply to the request, and how does it mean the principal? What is cheap is asked first. */
function applies(
  statement: CompiledStatement,
  policy: CompiledPolicy,
  { request, action, resource }: Question,
): Grip | undefined {
  if (!statement.matchesAction(action)) return undefined;
  const grip = gripIn(statement, policy, request);
  if (grip === undefined || !statement.matchesResource(resource, request.context)) return undefined;
  return statement.conditions.every((it) => it.holds(request.context)) ? grip : undefined;
}

/** IAM: a policy of an identity is about whom it is attached to; one of a resource says whom it means. */
export function gripIn(
  { principals, effect }: CompiledStatement,
  { type }: CompiledPolicy,
  { principal }: AccessRequest,
): Grip | undefined {
  if (principals !== undefined) return gripOf(principals, effect, principal);
  // A resource policy that does not say whom it means, which none is stored like, gives nothing and takes from all.
  const saysWhom = type === "resource" || type === "role-trust" || type === "resource-control";
  return saysWhom && effect === "Allow" ? undefined : "direct";
}

export function nameOf(policy: CompiledPolicy, { sid }: CompiledStatement, index: number): StatementName {
  return { type: policy.type, policy: policy.name, sid, index };
}
