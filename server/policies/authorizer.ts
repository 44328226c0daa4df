import type { Call, Principal } from "../kernel/call.ts";
import type { Clock } from "../kernel/clock.ts";
import { RegistryError } from "../kernel/errors.ts";
import { type AccountId, type Arn, parseAccountId } from "../kernel/names.ts";
import type { Ask } from "../kernel/operation.ts";
import type { Metadata } from "../platform/metadata/metadata.ts";
import { createMoments, type Moment } from "../platform/metadata/moments.ts";
import type { CompiledPolicy } from "./compile.ts";
import { contextOf } from "./context.ts";
import type { Decision } from "./decision.ts";
import { type DecisionReport, reportDecision } from "./decision-report.ts";
import type { DenialRecorder } from "./denials/record-denials.ts";
import { evaluate } from "./evaluate.ts";
import type { PolicySets } from "./policy-sets.ts";
import type { AccessRequest } from "./request.ts";
import { isInRegistryScope } from "./resource-policies.ts";
import { findAskedEntity } from "./stored/entity-arn.ts";
import { createStoredFacts } from "./stored/facts.ts";
import type { MembershipReader } from "./stored/organisation.ts";
import { iamResourceContext, isIamResource } from "./stored/iam-resource.ts";
import type { PrincipalFacts } from "./stored/principal-facts.ts";
import type { ResourceFacts } from "./stored/resource-facts.ts";
import type { SessionPolicies } from "./stored/session-policies.ts";

/** Answers one question: may you? Asked by the protocols, once for every route and operation, before anything is done. */
export interface Authorizer {
  /** Answers, and records nothing: what follows from a no is for the caller to say. */
  decide(call: Call, ask: Ask): Promise<Decision>;
  /** The same, as it would be if the repository that is asked for had this policy. */
  decideWith(call: Call, ask: Ask, repositoryPolicy: CompiledPolicy): Promise<Decision>;
  /** The same for a resource whose own policy is brought along, and has to allow whoever asks. A denial is recorded. */
  decideOn(call: Call, ask: Ask, guarded: GuardedResource): Promise<Decision>;
  /** Decides, and tells of every statement that was looked at. Nothing is recorded: nobody was refused anything. */
  explain(call: Call, ask: Ask, guarded?: GuardedResource): Promise<DecisionReport>;
  /**
   * All of them must be allowed. Records, and throws AccessDeniedException, with AWS's text, for the first that is not. `moment` is
   * one at which the caller was seen to be there; it is then decided as of that moment, and no other one has to be taken.
   */
  require(call: Call, asks: readonly Ask[], moment?: Moment): Promise<void>;
}

/** Such as a role with its trust policy. It need not be of the registry that is called. */
export interface GuardedResource {
  readonly account: AccountId;
  readonly policy: CompiledPolicy;
}

export interface AuthorizerDeps {
  readonly metadata: Metadata;
  readonly clock: Clock;
  /** What the organisation means for an account; absent where there is none. */
  readonly membershipOf?: MembershipReader;
  /** Hears of whoever was refused; absent where nobody will ask why. */
  readonly denials?: Pick<DenialRecorder, "note">;
}

/** Builds the authorizer over what is stored. What it has read it keeps until it may have changed. */
export function createAuthorizer(deps: AuthorizerDeps): Authorizer {
  const { metadata, clock, denials } = deps;
  const moments = createMoments({ metadata, clock });
  const facts = createStoredFacts({ metadata, moments, membershipOf: deps.membershipOf ?? (async () => undefined) });

  /** The request and its policies. */
  async function prepare(
    call: Call,
    asking: Ask,
    { guarded, repositoryPolicy, moment }: Particulars = NOTHING,
  ): Promise<{ request: AccessRequest; policies: PolicySets }> {
    const ask = isOfIam(asking) ? await lookUpAsked(metadata, call, asking) : asking;
    // One moment for all of them: to ask for it costs as much as the rest. One from before something was read is too old.
    const now = moment === undefined || ask !== asking ? moments.take() : moment;
    const found = facts.of(call.principal, ask.resource, now);
    const { session, principal, resource, named } = found instanceof Promise ? await found : found;
    const owner = guarded?.account ?? ownerOf(call, ask, named);
    const resourceAccount = isAnyClosed(principal, resource) ? undefined : owner;
    const context = contextOf({ call, ask, now_ms: clock.now(), resourceAccount, principal, resource });
    return {
      request: { principal: call.principal, action: ask.action, resource: ask.resource, resourceAccount, context },
      policies: guardedBy(guarded, policiesOf(ask, principal, withPolicy(resource, repositoryPolicy), session)),
    };
  }

  /** Decides, and lets whoever keeps denials know of one. */
  async function judge(
    call: Call,
    ask: Ask,
    particulars?: Particulars,
  ): Promise<{ readonly decision: Decision; readonly resource: Ask["resource"] }> {
    const { request, policies } = await prepare(call, ask, particulars);
    const decision = evaluate(request, policies);
    if (!decision.allowed) denials?.note({ requestId: call.requestId, decided_ms: clock.now(), request, policies });
    return { decision, resource: request.resource };
  }

  return {
    async decideOn(call, ask, guarded) {
      return (await judge(call, ask, { guarded })).decision;
    },
    async decide(call, ask) {
      const { request, policies } = await prepare(call, ask);
      return evaluate(request, policies);
    },
    async decideWith(call, ask, repositoryPolicy) {
      const { request, policies } = await prepare(call, ask, { repositoryPolicy });
      return evaluate(request, policies);
    },
    async explain(call, ask, guarded) {
      return reportDecision({ ...(await prepare(call, ask, { guarded })), decided_ms: clock.now() });
    },
    async require(call, asks, moment) {
      // An operation that asks for nothing says so with "none"; an empty list is a mistake, and fails closed.
      if (asks.length === 0) throw denied(call, "this request, because it names no action");
      for (const ask of asks) {
        const { decision, resource } = await judge(call, ask, { moment });
        if (!decision.allowed) throw denied(call, `${ask.action} on resource: ${resource} ${decision.because}`);
      }
    },
  };
}

/** What IAM has of what is asked about: whom a name stands for, and what conditions can ask of it. */
async function lookUpAsked(metadata: Metadata, call: Call, { entity, ...ask }: Ask): Promise<Ask> {
  const found = entity && (await findAskedEntity(metadata, call.principal.account, entity));
  const resource = found?.moved ?? found?.arn ?? ask.resource;
  const stored = await iamResourceContext(metadata, found?.arn ?? (resource as Arn));
  // What the request itself says of a key, such as the boundary that it sets, goes before what is stored.
  return { ...ask, resource, context: { ...stored, ...ask.context } };
}

function isOfIam({ entity, resource }: Ask): boolean {
  return entity !== undefined || isIamResource(resource);
}

/** AWS: who is of a closed account does nothing, and what it has is nobody's to reach. (Organizations User Guide, closing accounts) */
function isAnyClosed(principal: PrincipalFacts, resource: ResourceFacts | undefined): boolean {
  return principal.membership?.isClosed === true || resource?.membership?.isClosed === true;
}

function policiesOf(
  { action }: Ask,
  { identity, boundary, serviceControl }: PrincipalFacts,
  resource: ResourceFacts | undefined,
  { session, tokenScope }: SessionPolicies,
): PolicySets {
  const onResource: CompiledPolicy[] = [];
  if (resource?.repositoryPolicy !== undefined) onResource.push(resource.repositoryPolicy);
  if (resource?.registryPolicy !== undefined && isInRegistryScope(action, resource.scope)) {
    onResource.push(resource.registryPolicy);
  }
  return { identity, boundary, session, tokenScope, serviceControl, resource: onResource };
}

/** What is asked in place of what is stored, and as of when. */
interface Particulars {
  readonly guarded?: GuardedResource | undefined;
  readonly repositoryPolicy?: CompiledPolicy;
  readonly moment?: Moment | undefined;
}

const NOTHING: Particulars = {};

function withPolicy(
  resource: ResourceFacts | undefined,
  repositoryPolicy: CompiledPolicy | undefined,
): ResourceFacts | undefined {
  return resource === undefined || repositoryPolicy === undefined ? resource : { ...resource, repositoryPolicy };
}

function guardedBy(guarded: GuardedResource | undefined, policies: PolicySets): PolicySets {
  return guarded === undefined ? policies : { ...policies, resource: [guarded.policy], resourceMustAllow: true };
}

const AWS_POLICIES = "arn:aws:iam::aws:policy/";

/**
 * Whose resource is asked for. An ARN names it, but the call goes to one registry: where the two disagree, one of them would
 * be decided on and the other worked on, so it is nobody's.
 */
function ownerOf({ registry }: Call, { resource }: Ask, named: AccountId | undefined): AccountId | undefined {
  // AWS's own policies are in every account, to be read and attached.
  if (resource === "*" || resource.startsWith(AWS_POLICIES)) return registry.account;
  return (named ?? accountOf(resource)) === registry.account ? registry.account : undefined;
}

function accountOf(arn: Arn): AccountId | undefined {
  return parseAccountId(arn.split(":", 5)[4] ?? "");
}

function denied({ principal }: { readonly principal: Principal }, what: string): RegistryError {
  return new RegistryError("AccessDeniedException", `User: ${principal.arn} is not authorized to perform: ${what}`);
}
