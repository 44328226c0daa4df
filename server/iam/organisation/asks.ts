import type { Call } from "../../kernel/call.ts";
import type { Ask } from "../../kernel/operation.ts";
import { withRequestTags } from "../../kernel/request-tags.ts";
import { controlPolicyArn, organisationArn, targetArn } from "./ids.ts";
import { FULL_ACCESS } from "./policies.ts";
import { CONTROL } from "./policy-types.ts";
import type { Tag } from "./tags.ts";

/** What an operation asks for. */
type Asks<Input> = (input: Input, call: Call) => readonly Ask[];

/** Asks for an action that knows no resource. */
export function askNothing(action: string): Asks<unknown> {
  return () => [{ action: `organizations:${action}`, resource: "*" }];
}

/** Asks for an action on roots, units, accounts and policies of the organisation that the caller's account manages. */
export function askOn<Input>(action: string, idsOf: (input: Input) => readonly string[]): Asks<Input> {
  return (input, call) => idsOf(input).map((id) => ({ action: `organizations:${action}`, resource: arnOf(call, id) }));
}

/** The same where the input may bring tags for what it makes, whose id is not known yet. (API reference, CreateAccount) */
export function andTag<Input>(
  asks: Asks<Input>,
  made: "account" | "ou" | "policy",
): Asks<Input & { readonly Tags?: readonly Tag[] }> {
  return (input, call) => {
    const { account } = call.principal;
    const resource = made === "policy" ? controlPolicyArn(account, "*") : organisationArn(account, made, "*");
    const tagging = (input.Tags ?? []).length === 0 ? [] : [{ action: "organizations:TagResource", resource }];
    return withRequestTags([...asks(input, call), ...tagging], input.Tags);
  };
}

/** The same with the condition key of what is about one type of policies; all that are here are of one type. */
export function ofPolicyType<Input>(asks: Asks<Input>, typeOf: (input: Input) => string = () => CONTROL): Asks<Input> {
  return withKey(asks, "organizations:policytype", typeOf);
}

/** The same with a condition key, by its name in lower case. (Service Authorization Reference, Organizations) */
export function withKey<Input>(asks: Asks<Input>, key: string, valueOf: (input: Input) => string): Asks<Input> {
  return (input, call) => asks(input, call).map((ask) => ({ ...ask, context: { ...ask.context, [key]: [valueOf(input)] } }));
}

/** A policy of AWS belongs to no account, so nothing narrower than every resource is asked for. */
function arnOf({ principal }: Call, id: string): Ask["resource"] {
  if (id === FULL_ACCESS.id) return "*";
  return id.startsWith("p-") ? controlPolicyArn(principal.account, id) : targetArn(principal.account, id);
}
