import type { Words } from "./words.ts";

/** What was deleted, and what of it can be brought back. */
export function deletionTables({ text, int, bytes, table, keyed }: Words): readonly string[] {
  return [
    `create table deletions (
      id ${text} not null primary key,
      account ${text} not null,
      region ${text} not null,
      repository ${text} not null,
      repository_id ${int} not null,
      kind ${text} not null,
      digest ${text},
      image_size ${int},
      deleted_ms ${int} not null,
      deleted_by ${text} not null,
      reason ${text},
      restorable_until_ms ${int} not null,
      restored_ms ${int},
      forget_ms ${int} not null
    ) ${keyed}`,
    `create index deletions_by_registry on deletions (account, region, kind, id)`,
    `create index deletions_by_repository on deletions (account, region, repository, kind, id)`,
    `create index deletions_by_image on deletions (account, region, digest, id)`,
    `create index deletions_by_end on deletions (forget_ms)`,
    `create index deletions_of_repositories on deletions (repository_id, id) where kind = 'REPOSITORY'`,
    `create table deleted_tags (
      deletion_id ${text} not null,
      tag ${text} not null,
      repository_id ${int} not null,
      primary key (deletion_id, tag)
    ) ${keyed}`,
    `create index deleted_tags_by_tag on deleted_tags (repository_id, tag, deletion_id)`,
    `create table deleted_manifests (
      deletion_id ${text} not null primary key,
      restorable_until_ms ${int} not null,
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
      archived_ms ${int},
      activated_ms ${int},
      annotations ${text},
      body ${bytes} not null
    ) ${table}`,
    `create index deleted_manifests_by_image on deleted_manifests (repository_id, digest, deletion_id)`,
    `create index deleted_manifests_by_end on deleted_manifests (restorable_until_ms)`,
    `create table deleted_repositories (
      id ${int} not null primary key,
      deletion_id ${text} not null,
      account ${text} not null,
      region ${text} not null,
      name ${text} not null,
      created_ms ${int} not null,
      tag_mutability ${text} not null,
      tag_mutability_filters ${text} not null,
      scan_on_push ${int} not null,
      encryption_type ${text} not null,
      kms_key ${text},
      restorable_until_ms ${int} not null
    ) ${table}`,
    `create index deleted_repositories_by_name on deleted_repositories (account, region, name, id)`,
  ];
}

/** Bytes that are not as the others: about to go, damaged, or elsewhere. */
export function blobTables({ text, int, keyed }: Words): readonly string[] {
  return [
    `create table deleting_blobs (
      digest ${text} not null primary key,
      collector ${text} not null,
      until_ms ${int} not null
    ) ${keyed}`,
    `create table damaged_blobs (digest ${text} not null primary key, found_ms ${int} not null, why ${text} not null) ${keyed}`,
    `create table scrub_passes (
      started_ms ${int} not null primary key,
      ended_ms ${int},
      cursor ${text} not null,
      blobs ${int} not null,
      bytes ${int} not null,
      damaged ${int} not null
    ) ${keyed}`,
    `create table archived_blobs (digest ${text} not null primary key, size ${int} not null, moved_ms ${int}) ${keyed}`,
    // The digest that an upload is about to become: its bytes are named by that before there is a layer.
    `alter table uploads add column completing ${text}`,
    `create index uploads_by_completing on uploads (completing) where completing is not null`,
    `alter table layers add column damaged ${int} not null default 0`,
  ];
}

/** What lifecycle policies did, and what they must leave alone. */
export function lifecycleTables({ text, int, keyed, table, now_ms }: Words): readonly string[] {
  return [
    `create table images_in_use (
      repository_id ${int} not null,
      digest ${text} not null,
      cluster ${text} not null,
      seen_ms ${int} not null,
      primary key (repository_id, digest, cluster)
    ) ${keyed}`,
    `create index images_in_use_by_seen on images_in_use (seen_ms)`,
    `create table lifecycle_runs (
      id ${text} not null primary key,
      repository_id ${int} not null,
      status ${text} not null,
      policy ${text} not null,
      started_ms ${int} not null,
      ended_ms ${int},
      images ${int} not null,
      expiring ${int} not null,
      transitioning ${int} not null,
      expired ${int} not null,
      transitioned ${int} not null,
      asked_by ${text},
      approved_by ${text},
      error ${text}
    ) ${keyed}`,
    `create index lifecycle_runs_by_repository on lifecycle_runs (repository_id, id)`,
    `create table events (
      id ${text} not null primary key,
      account ${text} not null,
      region ${text} not null,
      kind ${text} not null,
      at_ms ${int} not null,
      detail ${text} not null
    ) ${table}`,
    `create index events_by_time on events (at_ms)`,
    // Policies that were there before anybody carried them out; an hour is time to look at what they would do.
    `insert into jobs (key, kind, payload, due_ms, attempts, parked)
      select 'run-lifecycle-policy:' || repository_id, 'run-lifecycle-policy', '{"repository_id":' || repository_id || '}',
        ${now_ms} + 3600000, 0, 0
      from repository_documents where kind = 'lifecycle'`,
  ];
}
