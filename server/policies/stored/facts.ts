import type { Principal } from "../../kernel/call.ts";
import { type AccountId, parseAskedRepositories } from "../../kernel/names.ts";
import type { Ask } from "../../kernel/operation.ts";
import type { Metadata } from "../../platform/metadata/metadata.ts";
import type { Moment, Moments } from "../../platform/metadata/moments.ts";
import { createCompiledTexts } from "./compiled-texts.ts";
import type { MembershipReader } from "./organisation.ts";
import { createPrincipalFacts, type PrincipalFacts } from "./principal-facts.ts";
import { createResourceFacts, type ResourceFacts } from "./resource-facts.ts";
import { createSessionPolicies, type SessionPolicies } from "./session-policies.ts";

/** What is stored that decides about one request. */
export interface Facts {
  readonly principal: PrincipalFacts;
  readonly session: SessionPolicies;
  /** Absent for a request that is about no repository. */
  readonly resource: ResourceFacts | undefined;
  /** The account that the ARN of a repository names. */
  readonly named: AccountId | undefined;
}

/** Reads what decides, and keeps it until it may have changed. */
export interface StoredFacts {
  /** At once where all of it is known: this is on the path of every pull. `now` is a moment that has just been taken. */
  of(principal: Principal, resource: Ask["resource"], now: Moment): Facts | Promise<Facts>;
}

export function createStoredFacts(deps: {
  readonly metadata: Metadata;
  readonly moments: Moments;
  readonly membershipOf: MembershipReader;
}): StoredFacts {
  const shared = { ...deps, compiled: createCompiledTexts() };
  const principals = createPrincipalFacts(shared);
  const resources = createResourceFacts(shared);
  const sessions = createSessionPolicies(shared);
  return {
    of(asker, asked, now) {
      // First, since it alone can throw: whatever is being read must be waited for.
      const session = sessions.of(asker, now);
      const principal = principals.of(asker, now);
      const repository = asked === "*" ? undefined : parseAskedRepositories(asked);
      const resource = repository && resources.of(repository, now);
      const named = repository?.registry.account;
      if (principal instanceof Promise || session instanceof Promise || resource instanceof Promise) {
        const all = Promise.all([principal, session, resource]);
        return all.then((read) => ({ principal: read[0], session: read[1], resource: read[2], named }));
      }
      return { principal, session, resource, named };
    },
  };
}
