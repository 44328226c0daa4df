import type { Schema } from "./schema.ts";
import type { SqliteConnection } from "./sqlite-connection.ts";

/**
 * Every table, and whether requests are decided by what is in it: who there is, and what they may do to what. One that is not named
 * here does not compile. What is kept in memory of one that does is read again when any of those has changed.
 */
const DECIDES: Readonly<Record<keyof Schema, boolean>> = {
  accounts: true,
  access_keys: true,
  repositories: true,
  resource_tags: true,
  repository_documents: true,
  registry_documents: true,
  account_settings: true,
  account_aliases: true,
  account_requests: true,
  organisations: true,
  organisation_services: true,
  organisation_units: true,
  organisation_accounts: true,
  control_policies: true,
  control_policy_targets: true,
  access_changes: true,
  iam_entities: true,
  group_members: true,
  inline_policies: true,
  managed_policies: true,
  policy_versions: true,
  policy_attachments: true,
  iam_tags: true,
  oidc_providers: true,
  registry_tokens: true,
  settings: true,
  // What is pushed, pulled, deleted and done behind the scenes changes all the time, and nothing of it is asked about.
  uploads: false,
  completed_uploads: false,
  layers: false,
  manifests: false,
  manifest_layers: false,
  manifest_children: false,
  tags: false,
  storage_transitions: false,
  lifecycle_previews: false,
  lifecycle_preview_results: false,
  lifecycle_runs: false,
  pull_time_exclusions: false,
  creation_templates: false,
  pull_through_rules: false,
  denials: false,
  access_key_uses: false,
  deletions: false,
  deleted_tags: false,
  deleted_manifests: false,
  deleted_repositories: false,
  deleting_blobs: false,
  damaged_blobs: false,
  scrub_passes: false,
  archived_blobs: false,
  images_in_use: false,
  events: false,
  jobs: false,
};

/**
 * Makes the database count changes of tables that decide, in the transaction that changes them, whoever it is that writes. To be
 * run whenever it is opened, in a transaction: what is there already stays.
 */
export function countRuleChanges(connection: SqliteConnection): void {
  const tables = Object.entries(DECIDES).filter(([, decides]) => decides);
  const triggers = tables.flatMap(([table]) =>
    ["insert", "update", "delete"].map(
      (change) =>
        `create trigger if not exists ${table}_${change}_counts after ${change} on ${table}
         begin update rule_changes set number = number + 1; end;`,
    ),
  );
  connection.execute(`
    create table if not exists rule_changes (number integer not null) strict;
    insert into rule_changes (number) select 0 where not exists (select 1 from rule_changes);
    ${triggers.join("\n")}
  `);
}

/**
 * How often tables that decide have been changed, as committed. `watcher` is a connection that does nothing else: one that reads
 * may still be where its transaction began, and one that writes sees what may be rolled back.
 */
export function createRuleChanges(watcher: SqliteConnection): () => number {
  let seen: number | undefined;
  let changes = 0;
  return () => {
    // It stays the same while nobody has committed anything, and costs less than a row. (https://sqlite.org/pragma.html)
    const version = watcher.number("pragma data_version");
    if (version !== seen) {
      // In this order: what is committed in between is counted, and counted again the next time.
      changes = watcher.number("select number from rule_changes");
      seen = version;
    }
    return changes;
  };
}
