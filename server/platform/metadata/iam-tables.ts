import type { Words } from "./words.ts";

/** The organisation, and how often what anybody may do has been changed. */
export function organisationTables({ text, int, keyed }: Words): readonly string[] {
  return [
    `create table account_aliases (account ${text} not null primary key, alias ${text} not null) ${keyed}`,
    `create unique index account_aliases_by_alias on account_aliases (alias)`,
    `create table organisations (
      id ${text} not null primary key,
      account ${text} not null,
      service_control ${int} not null,
      created_ms ${int} not null
    ) ${keyed}`,
    `create table organisation_services (principal ${text} not null primary key, enabled_ms ${int} not null) ${keyed}`,
    `create table organisation_units (
      id ${text} not null primary key,
      parent_id ${text},
      name ${text} not null,
      created_ms ${int} not null
    ) ${keyed}`,
    `create unique index organisation_units_by_name on organisation_units (parent_id, name)`,
    `create table organisation_accounts (
      account ${text} not null primary key,
      unit_id ${text} not null,
      name ${text} not null,
      email ${text} not null,
      status ${text} not null,
      joined_method ${text} not null,
      joined_ms ${int} not null
    ) ${keyed}`,
    `create index organisation_accounts_by_unit on organisation_accounts (unit_id, account)`,
    `create unique index organisation_accounts_by_email on organisation_accounts (email)`,
    `create table account_requests (
      id ${text} not null primary key,
      name ${text} not null,
      state ${text} not null,
      account ${text},
      failure ${text},
      requested_ms ${int} not null
    ) ${keyed}`,
    `create index account_requests_by_time on account_requests (requested_ms)`,
    `create table control_policies (
      id ${text} not null primary key,
      name ${text} not null,
      description ${text} not null,
      text ${text} not null
    ) ${keyed}`,
    `create unique index control_policies_by_name on control_policies (name)`,
    `create table control_policy_targets (target ${text} not null, policy_id ${text} not null, primary key (target, policy_id)) ${keyed}`,
    `create index control_policy_targets_by_policy on control_policy_targets (policy_id, target)`,
    `create table access_changes (account ${text} not null primary key, number ${int} not null) ${keyed}`,
  ];
}

/** Users, groups and roles, with what is theirs alone. */
export function entityTables({ text, int, keyed }: Words): readonly string[] {
  return [
    `create table iam_entities (
      id ${text} not null primary key,
      account ${text} not null,
      kind ${text} not null,
      name ${text} not null,
      name_folded ${text} not null,
      path ${text} not null,
      created_ms ${int} not null,
      boundary_arn ${text},
      trust_policy ${text},
      trust_ids ${text},
      description ${text},
      session_s_max ${int},
      sessions_valid_from_ms ${int} not null,
      last_used_ms ${int},
      last_used_region ${text}
    ) ${keyed}`,
    `create unique index iam_entities_by_name on iam_entities (account, kind, name_folded)`,
    `create table group_members (group_id ${text} not null, user_id ${text} not null, primary key (group_id, user_id)) ${keyed}`,
    `create index group_members_by_user on group_members (user_id, group_id)`,
    `create table inline_policies (
      entity_id ${text} not null,
      name ${text} not null,
      text ${text} not null,
      primary key (entity_id, name)
    ) ${keyed}`,
    `create table iam_tags (
      resource ${text} not null,
      key ${text} not null,
      key_folded ${text} not null,
      value ${text} not null,
      primary key (resource, key_folded)
    ) ${keyed}`,
  ];
}

/** Policies that are shared. */
export function managedPolicyTables({ text, int, keyed }: Words): readonly string[] {
  return [
    `create table managed_policies (
      id ${text} not null primary key,
      account ${text} not null,
      name ${text} not null,
      name_folded ${text} not null,
      path ${text} not null,
      arn ${text} not null,
      description ${text} not null,
      default_version ${text} not null,
      next_version ${int} not null,
      created_ms ${int} not null,
      updated_ms ${int} not null
    ) ${keyed}`,
    `create unique index managed_policies_by_name on managed_policies (account, name_folded)`,
    `create unique index managed_policies_by_arn on managed_policies (arn)`,
    `create table policy_versions (
      policy_id ${text} not null,
      version ${text} not null,
      text ${text} not null,
      created_ms ${int} not null,
      primary key (policy_id, version)
    ) ${keyed}`,
    `create table policy_attachments (
      entity_id ${text} not null,
      policy_arn ${text} not null,
      account ${text} not null,
      primary key (entity_id, policy_arn)
    ) ${keyed}`,
    `create index policy_attachments_by_policy on policy_attachments (policy_arn, account, entity_id)`,
  ];
}

/** By what people and robots come in, beside access keys. */
export function credentialTables({ text, int, bytes, keyed }: Words): readonly string[] {
  return [
    `create table oidc_providers (
      account ${text} not null,
      issuer ${text} not null,
      client_ids ${text} not null,
      thumbprints ${text} not null,
      keys ${text},
      created_ms ${int} not null,
      primary key (account, issuer)
    ) ${keyed}`,
    `create table access_key_uses (
      access_key_id ${text} not null primary key,
      used_ms ${int} not null,
      service ${text} not null,
      region ${text} not null
    ) ${keyed}`,
    `create table registry_tokens (
      id ${text} not null primary key,
      account ${text} not null,
      principal_id ${text} not null,
      name ${text} not null,
      secret_sha256 ${bytes} not null,
      scope_policy ${text},
      created_ms ${int} not null,
      expires_ms ${int},
      used_ms ${int}
    ) ${keyed}`,
    `create index registry_tokens_by_account on registry_tokens (account, id)`,
    `create index registry_tokens_by_principal on registry_tokens (principal_id, id)`,
  ];
}

/** Why requests were denied. */
export function denialTables({ text, int, keyed }: Words): readonly string[] {
  return [
    `create table denials (
      request_id ${text} not null primary key,
      account ${text} not null,
      resource_account ${text},
      denied_ms ${int} not null,
      report ${text} not null
    ) ${keyed}`,
    `create index denials_by_account on denials (account, denied_ms)`,
    `create index denials_by_time on denials (denied_ms)`,
  ];
}
