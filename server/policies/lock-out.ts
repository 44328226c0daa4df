import type { Principal } from "../kernel/call.ts";
import type { PolicyDocument, PolicyStatement } from "./document.ts";
import { matchesPattern } from "./pattern.ts";
import type { PolicyPrincipal } from "./principal.ts";

const SET_POLICY = "ecr:setrepositorypolicy";

/**
 * Would this repository policy keep the principal, its owner's root user, from setting another one? Counted is what holds for every
 * request that it could make: a Deny without conditions. Root needs no Allow, so nothing else locks it out.
 */
export function locksOut(policy: PolicyDocument, principal: Principal): boolean {
  return policy.statements.some(
    (it) => it.effect === "Deny" && it.conditions.length === 0 && isAboutSettingPolicies(it) && isAbout(it, principal),
  );
}

function isAboutSettingPolicies({ actions }: PolicyStatement): boolean {
  return actions.of.some((it) => matchesPattern(it.toLowerCase(), SET_POLICY)) !== actions.except;
}

function isAbout({ principals }: PolicyStatement, principal: Principal): boolean {
  if (principals === undefined) return false;
  return principals.of.some((it) => names(it, principal)) !== principals.except;
}

/** Does this name the root user? Its account and it are written in the same way, so who names one has named the other. */
function names(named: PolicyPrincipal, { account }: Principal): boolean {
  return named.kind === "everyone" || (named.kind === "account" && named.account === account);
}
