import type { Metadata } from "../platform/metadata/metadata.ts";
import { type Query, query } from "../platform/metadata/query.ts";
import type { Schema } from "../platform/metadata/schema.ts";

/** Every table there is, and whether it is dumped: one that is not named here does not compile. */
const TABLES: Readonly<Record<keyof Schema, boolean>> = {
  accounts: true,
  access_keys: true,
  settings: true,
  repositories: true,
  resource_tags: true,
  uploads: true,
  completed_uploads: true,
  layers: true,
  manifests: true,
  manifest_layers: true,
  manifest_children: true,
  tags: true,
  storage_transitions: true,
  repository_documents: true,
  registry_documents: true,
  lifecycle_previews: true,
  lifecycle_preview_results: true,
  account_settings: true,
  pull_time_exclusions: true,
  creation_templates: true,
  pull_through_rules: true,
  account_aliases: true,
  organisations: true,
  organisation_services: true,
  account_requests: true,
  organisation_units: true,
  organisation_accounts: true,
  control_policies: true,
  control_policy_targets: true,
  access_changes: true,
  denials: true,
  iam_entities: true,
  group_members: true,
  inline_policies: true,
  managed_policies: true,
  policy_versions: true,
  policy_attachments: true,
  iam_tags: true,
  oidc_providers: true,
  // Written now and then, whatever a test does.
  access_key_uses: false,
  registry_tokens: true,
  deletions: true,
  deleted_tags: true,
  deleted_manifests: true,
  deleted_repositories: true,
  deleting_blobs: true,
  damaged_blobs: true,
  // Written now and then, whatever a test does.
  scrub_passes: false,
  archived_blobs: true,
  images_in_use: true,
  lifecycle_runs: true,
  events: true,
  jobs: true,
};

const dumped = Object.entries(TABLES).filter(([, isDumped]) => isDumped);
const allRows = dumped.map(([table]) => {
  const rows: Query<Record<never, never>, unknown> = query()((db) => db.selectFrom(table as keyof Schema).selectAll());
  return { table, rows };
});

/** Every row of every table as text, in an order of its own: two dumps are equal when nothing has changed. */
export function dump(metadata: Metadata): Promise<readonly string[]> {
  return metadata.readGlobal(async (tx) => {
    const lines: string[] = [];
    for (const { table, rows } of allRows)
      for (const row of await tx.all(rows, {})) lines.push(`${table} ${JSON.stringify(row)}`);
    return lines.sort();
  });
}
