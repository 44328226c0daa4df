import type { Call } from "../kernel/call.ts";
import type { Ask } from "../kernel/operation.ts";
import type { Authorizer } from "./authorizer.ts";
import { compilePolicy } from "./compile.ts";
import type { PolicyDocument } from "./document.ts";

/**
 * Would this policy keep the caller from setting another one on its repository? `ask` is what this request has asked for: it is asked once
 * more, as if the policy were there already. The policy's users and roles are held.
 */
export async function locksOut(authorizer: Authorizer, call: Call, ask: Ask, policy: PolicyDocument): Promise<boolean> {
  const compiled = compilePolicy(policy, { type: "resource", name: "the policy to be set" });
  return !(await authorizer.decideWith(call, ask, compiled)).allowed;
}
