import { credentialTables, denialTables, entityTables, managedPolicyTables, organisationTables } from "./iam-tables.ts";
import type { Dialect } from "./query.ts";
import { blobTables, deletionTables, lifecycleTables } from "./space-tables.ts";
import { WORDS, type Words } from "./words.ts";

/**
 * Every step that the tables have gone through, oldest first; a database's version is how many it has taken. A step is
 * never changed once it has been released, and never walks over rows to compute: opening a database takes no time.
 */
const STEPS: readonly ((words: Words) => readonly string[])[] = [
  (words) => [...accountTables(words), ...layerTables(words), ...imageTables(words), ...jobTables(words)],
  (words) => [...settingTables(words), ...previewTables(words)],
  (words) => [
    ...organisationTables(words),
    ...entityTables(words),
    ...managedPolicyTables(words),
    ...credentialTables(words),
    ...denialTables(words),
  ],
  (words) => [...deletionTables(words), ...blobTables(words), ...lifecycleTables(words)],
  completedUploadTables,
];

/** What migrating needs of an engine: to run SQL within one transaction that no other process can join. */
export interface MigrationTarget {
  readonly dialect: Dialect;
  /** Runs SQL. */
  execute(sql: string): Promise<void>;
  /** The number in the first column of the first row. */
  number(sql: string): Promise<number>;
}

/** Brings a database up to this version of Longshore. Throws a sentence when it is of a newer one. */
export async function migrate(target: MigrationTarget): Promise<void> {
  const words = WORDS[target.dialect];
  await target.execute(`create table if not exists schema_version (version ${words.int} not null primary key) ${words.table}`);
  const version = await target.number("select coalesce(max(version), 0) as version from schema_version");
  if (version > STEPS.length) {
    throw new Error(
      `The database has schema version ${version}, but this version of Longshore knows only ${STEPS.length}. ` +
        "It was last opened by a newer Longshore: start that one.",
    );
  }
  for (const [index, step] of STEPS.entries()) {
    if (index < version) continue;
    for (const sql of step(words)) await target.execute(sql);
    await target.execute(`insert into schema_version (version) values (${index + 1})`);
  }
}

/** Throws a sentence when a database is not of this version of Longshore: for whoever may not bring it up to it. */
export function requireCurrent(version: number): void {
  if (version === STEPS.length) return;
  throw new Error(
    `The database has schema version ${version}, but this version of Longshore reads only ${STEPS.length}. ` +
      "It was last opened by another version: read it with that one, or start the server of this one first.",
  );
}

/** Who may come, and what they own. */
function accountTables({ text, int, bytes, table, keyed }: Words): readonly string[] {
  return [
    `create table accounts (account ${text} not null primary key, created_ms ${int} not null) ${keyed}`,
    `create table access_keys (
      access_key_id ${text} not null primary key,
      account ${text} not null,
      principal_id ${text} not null,
      secret_sealed ${bytes} not null,
      status ${text} not null,
      created_ms ${int} not null
    ) ${keyed}`,
    `create index access_keys_by_principal on access_keys (principal_id)`,
    `create table settings (name ${text} not null primary key, value ${text} not null) ${keyed}`,
    `create table repositories (
      id ${int} not null primary key,
      account ${text} not null,
      region ${text} not null,
      name ${text} not null,
      created_ms ${int} not null,
      tag_mutability ${text} not null,
      tag_mutability_filters ${text} not null,
      scan_on_push ${int} not null,
      encryption_type ${text} not null,
      kms_key ${text}
    ) ${table}`,
    `create unique index repositories_by_name on repositories (account, region, name)`,
    `create table resource_tags (
      repository_id ${int} not null,
      key ${text} not null,
      value ${text} not null,
      primary key (repository_id, key)
    ) ${keyed}`,
  ];
}

/** Bytes that are on their way, and bytes that are here. */
function layerTables({ text, int, keyed }: Words): readonly string[] {
  return [
    `create table uploads (
      id ${text} not null primary key,
      repository_id ${int} not null,
      principal_id ${text} not null,
      algorithm ${text} not null,
      size ${int} not null,
      digest ${text} not null,
      parts ${int} not null,
      smallest_part ${int},
      last_part ${int} not null,
      created_ms ${int} not null,
      touched_ms ${int} not null,
      writer ${text},
      writer_until_ms ${int}
    ) ${keyed}`,
    `create index uploads_by_touched on uploads (touched_ms)`,
    `create index uploads_by_repository on uploads (repository_id)`,
    `create table layers (
      repository_id ${int} not null,
      digest ${text} not null,
      size ${int} not null,
      created_ms ${int} not null,
      leased_until_ms ${int} not null,
      primary key (repository_id, digest)
    ) ${keyed}`,
    `create index layers_by_digest on layers (digest)`,
  ];
}

/** Uploads that have become layers. */
function completedUploadTables({ text, int, keyed }: Words): readonly string[] {
  return [
    `create table completed_uploads (
      repository_id ${int} not null,
      id ${text} not null,
      principal_id ${text} not null,
      digest ${text} not null,
      completed_ms ${int} not null,
      primary key (repository_id, id)
    ) ${keyed}`,
    `create index completed_uploads_by_time on completed_uploads (completed_ms)`,
  ];
}

/** Manifests, what they are made of, and their names. */
function imageTables({ dialect, text, int, bytes, table, keyed }: Words): readonly string[] {
  return [
    // The body stands last: SQLite then reads the other columns without walking over a long one.
    `create table manifests (
      repository_id ${int} not null,
      digest ${text} not null,
      media_type ${text} not null,
      artifact_type ${text},
      body_size ${int} not null,
      image_size ${int} not null,
      subject ${text},
      pushed_ms ${int} not null,
      pulled_ms ${int},
      status ${text} not null,
      tagged ${int} not null,
      annotations ${text},
      body ${bytes} not null,
      primary key (repository_id, digest)
    ) ${table}`,
    `create index manifests_by_status on manifests (repository_id, status, tagged, digest)`,
    `create index manifests_by_subject on manifests (repository_id, subject, digest) where subject is not null`,
    `create index manifests_by_digest on manifests (digest)`,
    // What a lifecycle policy is evaluated on, of all images of a repository, which lie scattered over the whole table. To SQLite
    // that is most of the work. PostgreSQL would pay with every pull: it writes a row to all indexes once any has what changes.
    ...(dialect === "sqlite"
      ? [`create index manifests_by_facts on manifests (repository_id, digest, subject, pushed_ms, pulled_ms, status)`]
      : []),
    `create table manifest_layers (
      repository_id ${int} not null,
      manifest ${text} not null,
      layer ${text} not null,
      media_type ${text} not null,
      primary key (repository_id, manifest, layer)
    ) ${keyed}`,
    `create index manifest_layers_by_layer on manifest_layers (repository_id, layer)`,
    `create table manifest_children (
      repository_id ${int} not null,
      manifest ${text} not null,
      child ${text} not null,
      primary key (repository_id, manifest, child)
    ) ${keyed}`,
    `create index manifest_children_by_child on manifest_children (repository_id, child)`,
    `create table tags (
      repository_id ${int} not null,
      tag ${text} not null,
      manifest ${text} not null,
      moved_ms ${int} not null,
      primary key (repository_id, tag)
    ) ${keyed}`,
    `create index tags_by_manifest on tags (repository_id, manifest, tag)`,
  ];
}

/** Work that waits. */
function jobTables({ text, int, table }: Words): readonly string[] {
  return [
    `create table jobs (
      key ${text} not null primary key,
      kind ${text} not null,
      payload ${text} not null,
      due_ms ${int} not null,
      attempts ${int} not null,
      lease_owner ${text},
      lease_until_ms ${int},
      parked ${int} not null,
      error ${text}
    ) ${table}`,
    `create index jobs_by_due on jobs (parked, due_ms, key)`,
  ];
}

/** What owners say about their repositories and registries. */
function settingTables({ text, int, keyed }: Words): readonly string[] {
  return [
    `create table storage_transitions (
      repository_id ${int} not null,
      manifest ${text} not null,
      archived_ms ${int},
      activated_ms ${int},
      primary key (repository_id, manifest)
    ) ${keyed}`,
    `create table repository_documents (
      repository_id ${int} not null,
      kind ${text} not null,
      text ${text} not null,
      principals ${text},
      updated_ms ${int} not null,
      evaluated_ms ${int},
      primary key (repository_id, kind)
    ) ${keyed}`,
    `create table registry_documents (
      account ${text} not null,
      region ${text} not null,
      kind ${text} not null,
      text ${text} not null,
      principals ${text},
      updated_ms ${int} not null,
      primary key (account, region, kind)
    ) ${keyed}`,
    `create table account_settings (
      account ${text} not null,
      region ${text} not null,
      name ${text} not null,
      value ${text} not null,
      primary key (account, region, name)
    ) ${keyed}`,
    `create table pull_time_exclusions (
      account ${text} not null,
      region ${text} not null,
      principal_arn ${text} not null,
      created_ms ${int} not null,
      primary key (account, region, principal_arn)
    ) ${keyed}`,
    `create table creation_templates (
      account ${text} not null,
      region ${text} not null,
      prefix ${text} not null,
      template ${text} not null,
      policy_principals ${text},
      created_ms ${int} not null,
      updated_ms ${int} not null,
      primary key (account, region, prefix)
    ) ${keyed}`,
    `create table pull_through_rules (
      account ${text} not null,
      region ${text} not null,
      prefix ${text} not null,
      upstream_url ${text} not null,
      upstream_registry ${text} not null,
      upstream_prefix ${text},
      credential_arn ${text},
      custom_role_arn ${text},
      created_ms ${int} not null,
      updated_ms ${int} not null,
      primary key (account, region, prefix)
    ) ${keyed}`,
  ];
}

/** What policies would do. */
function previewTables({ text, int, keyed }: Words): readonly string[] {
  return [
    `create table lifecycle_previews (
      repository_id ${int} not null primary key,
      text ${text} not null,
      status ${text} not null,
      started_ms ${int} not null,
      run ${text},
      expiring ${int} not null,
      transitioning ${int} not null
    ) ${keyed}`,
    `create index lifecycle_previews_by_status on lifecycle_previews (status, started_ms)`,
    `create table lifecycle_preview_results (
      repository_id ${int} not null,
      position ${text} not null,
      digest ${text} not null,
      tags ${text} not null,
      pushed_ms ${int} not null,
      action ${text} not null,
      priority ${int} not null,
      storage_class ${text} not null,
      primary key (repository_id, position)
    ) ${keyed}`,
  ];
}
