import type { Principal } from "../kernel/call.ts";
import { compilePolicy } from "./compile.ts";
import type { PolicyDocument } from "./document.ts";
import { gripOf } from "./match-principal.ts";

const SET_POLICY = "ecr:setrepositorypolicy";

/**
 * Would this repository policy keep the principal, its owner's root user, from setting another one? Counted is what holds for every
 * request that it could make: a Deny without conditions. Root needs no Allow, so nothing else locks it out.
 */
export function locksOut(policy: PolicyDocument, principal: Principal): boolean {
  return compilePolicy(policy, { type: "resource", name: "the policy to be set" }).statements.some(
    ({ effect, principals, conditions, matchesAction }) =>
      effect === "Deny" &&
      conditions.length === 0 &&
      matchesAction(SET_POLICY) &&
      principals !== undefined &&
      gripOf(principals, effect, principal) !== undefined,
  );
}
