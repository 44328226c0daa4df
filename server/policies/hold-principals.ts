import type { Arn } from "../kernel/names.ts";
import type { PolicyDocument, PolicyStatement } from "./document.ts";
import type { PolicyPrincipal } from "./principal.ts";

/** Who has an ARN according to what is stored beside a policy: a JSON object of ids by ARN. */
export function heldBy(principals: string): (arn: Arn) => string | undefined {
  const ids = JSON.parse(principals) as Readonly<Record<string, string>>;
  return (arn) => (Object.hasOwn(ids, arn) ? ids[arn] : undefined);
}

/**
 * A document whose users, roles and sessions are held by their unique ids, so that nobody inherits a grant with an ARN. `idOf` says
 * who has an ARN: `AIDA…` of a user, `AROA…` of a role, `AROA…:SESSION` of a session, `ACCOUNT:NAME` of a federated user. It is
 * asked when a policy is set; what it said is stored beside the text as a map of ARN to id, and is `idOf` whenever the stored
 * text is read again. Where it says undefined, the ARN alone decides, also for whoever gets it later: to refuse such a policy, as
 * IAM does, is for its caller.
 */
export function holdPrincipals(document: PolicyDocument, idOf: (arn: Arn) => string | undefined): PolicyDocument {
  const hold = (principal: PolicyPrincipal): PolicyPrincipal => {
    const id = "arn" in principal ? idOf(principal.arn) : undefined;
    return "arn" in principal && id !== undefined ? { ...principal, id } : principal;
  };
  const holdAll = (statement: PolicyStatement): PolicyStatement =>
    statement.principals === undefined
      ? statement
      : { ...statement, principals: { ...statement.principals, of: statement.principals.of.map(hold) } };
  return { ...document, statements: document.statements.map(holdAll) };
}
