import type { CompiledPolicy } from "./compile.ts";

/**
 * All policies that apply to one request, by what they are to it. Whoever fills this in compiles each policy once for its version
 * and keeps that. A list that is empty allows nothing; where a set may be absent, undefined means that there is no such limit.
 */
export interface PolicySets {
  /** Attached to the principal: a user's own and those of its groups, or a role's; inline and managed. */
  readonly identity: readonly CompiledPolicy[];
  /** The permissions boundary of the user or role. */
  readonly boundary?: CompiledPolicy | undefined;
  /** Given when the session was made, inline and managed: they allow together. Empty for a federated user who was given none. */
  readonly session?: readonly CompiledPolicy[] | undefined;
  /**
   * What a registry token was scoped down to, as policies of type `session`. Unlike those of a session it limits everything: the
   * root user, and what a resource policy grants.
   */
  readonly tokenScope?: readonly CompiledPolicy[] | undefined;
  /**
   * On what the request acts: the policy of the repository and, where its scope covers the action (`isInRegistryScope`), that of
   * the registry; a role's trust policy. None for an action without a resource, which identity policies alone can give.
   */
  readonly resource: readonly CompiledPolicy[];
  /** The resource is a role or a key, whose own policy has to allow: that of the principal is not enough in the same account either. */
  readonly resourceMustAllow?: boolean | undefined;
  /** Of the principal's account; undefined outside of organizations. */
  readonly serviceControl?: ControlPolicies | undefined;
  /** Of the resource's account; undefined outside of organizations. The one that allows all, which AWS attaches by itself, is among them. */
  readonly resourceControl?: ControlPolicies | undefined;
}

/** The policies of an organization that reach an account. */
export interface ControlPolicies {
  /** Nothing of an organization limits its management account. */
  readonly isManagementAccount: boolean;
  /** From the root of the organization by its units down to the account: at each level one policy has to allow. */
  readonly levels: readonly (readonly CompiledPolicy[])[];
}

export const NO_POLICIES: PolicySets = { identity: [], resource: [] };
