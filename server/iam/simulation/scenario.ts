import type { Principal } from "../../kernel/call.ts";
import { SIMULATED_TEXT_LENGTH_MAX } from "../../kernel/limits.ts";
import type { AccountId } from "../../kernel/names.ts";
import type { PolicySets } from "../../policies/policy-sets.ts";
import type { RequestContext } from "../../policies/request.ts";
import { contextKeysOf } from "./context-keys.ts";
import { type ContextEntry, type SimulateInput } from "./inputs.ts";
import type { SimulatedPrincipal } from "./simulated-principal.ts";
import { givenPolicies, invalidInput, type SimulatedPolicy, simulatedPolicy } from "./simulated-policy.ts";

/** All that a simulation is decided by. */
export interface Scenario {
  readonly principal: Principal;
  readonly policies: PolicySets;
  /** Whose resources are that do not say. */
  readonly resourceOwner: AccountId;
  readonly context: RequestContext;
  /** The policies by what they are called. */
  readonly sources: ReadonlyMap<string, SimulatedPolicy>;
  /** Condition keys as the policies write them, by the key in lower case. */
  readonly keys: ReadonlyMap<string, string>;
}

/** Puts a scenario together of what is stored and what is given. Throws InvalidInputException. */
export function createScenario(
  stored: Pick<SimulatedPrincipal, "principal"> & Partial<SimulatedPrincipal>,
  input: SimulateInput,
  { resourceOwner, now_ms }: { readonly resourceOwner: AccountId; readonly now_ms: number },
): Scenario {
  checkSize(input);
  const bounds = givenPolicies(
    "permissions-boundary",
    "PermissionsBoundaryPolicyInputList",
    input.PermissionsBoundaryPolicyInputList,
  );
  if (bounds.length > 1) throw invalidInput("There can be one permissions boundary.");
  const boundary = bounds[0] ?? stored.boundary;
  const identity = [...(stored.policies ?? []), ...givenPolicies("identity", "PolicyInputList", input.PolicyInputList)];
  const onResource =
    input.ResourcePolicy === undefined ? [] : [simulatedPolicy("resource", "ResourcePolicy", input.ResourcePolicy)];
  const all = [...identity, ...onResource, ...(boundary === undefined ? [] : [boundary])];
  return {
    principal: stored.principal,
    policies: {
      identity: identity.map((it) => it.compiled),
      boundary: boundary?.compiled,
      serviceControl: stored.serviceControl,
      resource: onResource.map((it) => it.compiled),
    },
    resourceOwner,
    context: simulatedContext(stored, input.ContextEntries, now_ms),
    sources: new Map(all.map((it) => [it.id, it])),
    keys: new Map(contextKeysOf(all.map((it) => it.text)).map((it) => [it.toLowerCase(), it])),
  };
}

function checkSize({ PolicyInputList = [], PermissionsBoundaryPolicyInputList = [], ResourcePolicy = "" }: SimulateInput): void {
  const texts = [...PolicyInputList, ...PermissionsBoundaryPolicyInputList, ResourcePolicy];
  if (texts.reduce((sum, it) => sum + it.length, 0) <= SIMULATED_TEXT_LENGTH_MAX) return;
  throw invalidInput(`The policies of a simulation have at most ${SIMULATED_TEXT_LENGTH_MAX} characters together.`);
}

/** What is given, then what follows from who is simulated and when. */
function simulatedContext(
  { principal, tags, membership }: Pick<SimulatedPrincipal, "principal"> & Partial<SimulatedPrincipal>,
  entries: readonly ContextEntry[] = [],
  now_ms: number,
): RequestContext {
  const given = new Map(entries.map((it) => [it.ContextKeyName?.toLowerCase(), it.ContextKeyValues ?? []]));
  const known: Readonly<Record<string, string | undefined>> = {
    "aws:currenttime": new Date(now_ms).toISOString(),
    "aws:epochtime": String(Math.floor(now_ms / 1000)),
    "aws:principalarn": principal.session?.principalArn ?? principal.arn,
    "aws:principalaccount": principal.account,
    "aws:principaltype": principal.type === "user" ? "User" : "AssumedRole",
    "aws:userid": principal.userId,
    "aws:username": principal.userName,
    "aws:principalorgid": membership?.organisationId,
    "aws:principalorgpaths": membership?.path,
  };
  return (key) => {
    const values = given.get(key);
    if (values !== undefined) return values;
    const tag = key.startsWith(TAG) ? tags?.get(key.slice(TAG.length)) : undefined;
    const value = tag ?? (Object.hasOwn(known, key) ? known[key] : undefined);
    return value === undefined ? undefined : [value];
  };
}

const TAG = "aws:principaltag/";
