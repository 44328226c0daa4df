/** Rows of who there is and what they may do. They belong to accounts, not to registries. */

/** Primary key account; the alias is unique. */
export interface AccountAliasRow {
  account: string;
  alias: string;
}

/** At most one row: the organisation of this installation. Primary key id: `o-…`. */
export interface OrganisationRow {
  id: string;
  /** The account that manages it. */
  account: string;
  /** Whether service control policies are in force. */
  service_control: number;
  created_ms: number;
}

/** A service that the organisation trusts, such as `ram.amazonaws.com`. Primary key principal. */
export interface OrganisationServiceRow {
  principal: string;
  enabled_ms: number;
}

/** Primary key id: `r-…` for the organisation's root, `ou-…` for a unit. (parent_id, name) is unique. */
export interface OrganisationUnitRow {
  id: string;
  /** Null for the root. */
  parent_id: string | null;
  name: string;
  created_ms: number;
}

/** Primary key account; the email is unique. Of an account that is in the organisation: the unit that it is in. */
export interface OrganisationAccountRow {
  account: string;
  unit_id: string;
  name: string;
  email: string;
  /** `ACTIVE`, or `SUSPENDED` once it was closed: then it has no row in `accounts`. */
  status: string;
  /** `CREATED` in the organisation or `INVITED` into it. */
  joined_method: string;
  joined_ms: number;
}

/** Somebody asked for an account to be created. Primary key id: `car-…`. Indexed by requested_ms. */
export interface AccountRequestRow {
  id: string;
  name: string;
  /** `SUCCEEDED` or `FAILED`. */
  state: string;
  account: string | null;
  failure: string | null;
  requested_ms: number;
}

/** A service control policy. Primary key id: `p-…`; the name is unique. AWS's own is in the code. */
export interface ControlPolicyRow {
  id: string;
  name: string;
  description: string;
  text: string;
}

/** Primary key (target, policy_id), indexed by (policy_id, target). The target is the id of a unit or an account. */
export interface ControlPolicyTargetRow {
  target: string;
  policy_id: string;
}

/**
 * How often what an account's principals may do has been changed; primary key account. Every transaction that changes a
 * principal, a policy or who has it adds one, so that whoever keeps any of it in memory sees that it is old.
 */
export interface AccessChangeRow {
  account: string;
  number: number;
}

/** A user, a group or a role. Primary key id; (account, kind, name_folded) is unique. */
export interface IamEntityRow {
  /** IAM's unique id: AIDA… a user, AGPA… a group, AROA… a role. Never used again. */
  id: string;
  account: string;
  /** `user`, `group` or `role`. */
  kind: string;
  name: string;
  /** In lower case: IAM holds names that differ only in case for the same. */
  name_folded: string;
  /** Begins and ends with `/`. */
  path: string;
  created_ms: number;
  /** Of a user or a role: the ARN of the policy that bounds what it may do. */
  boundary_arn: string | null;
  /** Of a role: who may assume it. */
  trust_policy: string | null;
  /** Of a role, JSON: the unique ids that those named in its trust policy had when it was set, by ARN. */
  trust_ids: string | null;
  description: string | null;
  /** Of a role, in seconds. */
  session_s_max: number | null;
  /** Sessions that began before are over. */
  sessions_valid_from_ms: number;
  last_used_ms: number | null;
  last_used_region: string | null;
}

/** Primary key (group_id, user_id). Indexed by user_id. */
export interface GroupMemberRow {
  group_id: string;
  user_id: string;
}

/** Primary key (entity_id, name). */
export interface InlinePolicyRow {
  entity_id: string;
  name: string;
  text: string;
}

/** A policy that an owner has made; AWS's own are in the code. Primary key id: ANPA…; (account, name_folded) is unique. */
export interface ManagedPolicyRow {
  id: string;
  account: string;
  name: string;
  name_folded: string;
  path: string;
  arn: string;
  description: string;
  /** Such as `v3`. */
  default_version: string;
  /** The number of the next version: none is used twice. */
  next_version: number;
  created_ms: number;
  updated_ms: number;
}

/** Primary key (policy_id, version). */
export interface PolicyVersionRow {
  policy_id: string;
  version: string;
  text: string;
  created_ms: number;
}

/** Primary key (entity_id, policy_arn). Indexed by policy_arn. */
export interface PolicyAttachmentRow {
  entity_id: string;
  policy_arn: string;
  account: string;
}

/**
 * Primary key (resource, key_folded). The resource is the unique id of an entity or a policy, or the ARN of a provider; or what
 * the organisation has: the id of a unit, a policy or an account, and there keys that differ in case are two.
 */
export interface IamTagRow {
  resource: string;
  key: string;
  key_folded: string;
  value: string;
}

/** Primary key (account, issuer). */
export interface OidcProviderRow {
  account: string;
  /** The issuer without `https://`, as in the provider's ARN. */
  issuer: string;
  /** JSON: a list of texts. */
  client_ids: string;
  thumbprints: string;
  /** A JSON Web Key Set that is used in place of the issuer's, for those that cannot be reached. */
  keys: string | null;
  created_ms: number;
}

/** Primary key access_key_id. */
export interface AccessKeyUseRow {
  access_key_id: string;
  used_ms: number;
  service: string;
  region: string;
}

/** A long-lived password for `docker login`, of which only the hash is kept. Primary key id. Indexed by principal_id. */
export interface RegistryTokenRow {
  id: string;
  account: string;
  /** The unique id of the user or role, or the account id for root. */
  principal_id: string;
  name: string;
  secret_sha256: Uint8Array;
  /** The policy that narrows what the principal may do; null for all of it. */
  scope_policy: string | null;
  created_ms: number;
  expires_ms: number | null;
  used_ms: number | null;
}

/** A request that was denied. Primary key request_id. Indexed by (account, denied_ms) and by denied_ms. */
export interface DenialRow {
  request_id: string;
  /** Whose principal was denied: an account, or for whoever came with a token the ARN of its provider. */
  account: string;
  /** Whose the resource is; null when that is nobody's. */
  resource_account: string | null;
  denied_ms: number;
  /** JSON: a DecisionReport. */
  report: string;
}
