import type { Call } from "../../kernel/call.ts";
import type { Ask } from "../../kernel/operation.ts";
import { controlPolicyArn, targetArn } from "./ids.ts";
import { FULL_ACCESS } from "./policies.ts";

/** Asks for an action that knows no resource. */
export function askNothing(action: string) {
  return (): readonly Ask[] => [{ action: `organizations:${action}`, resource: "*" }];
}

/** Asks for an action on roots, units, accounts and policies of the organisation that the caller's account manages. */
export function askOn<Input>(action: string, idsOf: (input: Input) => readonly string[]) {
  return (input: Input, call: Call): readonly Ask[] =>
    idsOf(input).map((id) => ({ action: `organizations:${action}`, resource: arnOf(call, id) }));
}

/** A policy of AWS belongs to no account, so nothing narrower than every resource is asked for. */
function arnOf({ principal }: Call, id: string): Ask["resource"] {
  if (id === FULL_ACCESS.id) return "*";
  return id.startsWith("p-") ? controlPolicyArn(principal.account, id) : targetArn(principal.account, id);
}
