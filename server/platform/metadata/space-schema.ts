/** The tables about what goes, what may come back, and the bytes behind it. */

/** Primary key id, which sorts by time. Indexed by (account, region, [repository,] kind, id), (account, region, digest, id) and forget_ms. */
export interface DeletionRow {
  id: string;
  account: string;
  region: string;
  /** Its name then. */
  repository: string;
  repository_id: number;
  /** IMAGE, TAG or REPOSITORY. */
  kind: string;
  /** Of an image, and of a tag the image that it named; null of a repository. */
  digest: string | null;
  /** Bytes of the image as ECR counts them. */
  image_size: number | null;
  deleted_ms: number;
  /** The ARN of who did it, or `lifecycle`. */
  deleted_by: string;
  /** JSON: why, where it was not simply asked for. */
  reason: string | null;
  /** Until when it can be brought back; deleted_ms where it cannot. */
  restorable_until_ms: number;
  /** Set when it was brought back. */
  restored_ms: number | null;
  /** When the record itself goes. */
  forget_ms: number;
}

/** Primary key (deletion_id, tag): the tags that went. Indexed by (repository_id, tag, deletion_id). */
export interface DeletedTagRow {
  deletion_id: string;
  tag: string;
  repository_id: number;
}

/**
 * Primary key deletion_id: the image that can be brought back, as its row in `manifests` was. Goes with restorable_until_ms.
 * Indexed by (repository_id, digest, deletion_id).
 */
export interface DeletedManifestRow {
  deletion_id: string;
  restorable_until_ms: number;
  repository_id: number;
  digest: string;
  media_type: string;
  artifact_type: string | null;
  body: Uint8Array;
  body_size: number;
  image_size: number;
  subject: string | null;
  annotations: string | null;
  pushed_ms: number;
  pulled_ms: number | null;
  status: string;
  archived_ms: number | null;
  activated_ms: number | null;
}

/** Primary key id: the row of a repository that can be brought back. All that it holds is found through its id, as before. */
export interface DeletedRepositoryRow {
  id: number;
  deletion_id: string;
  account: string;
  region: string;
  name: string;
  created_ms: number;
  tag_mutability: string;
  tag_mutability_filters: string;
  scan_on_push: number;
  encryption_type: string;
  kms_key: string | null;
  restorable_until_ms: number;
}

/** Primary key digest: bytes that are about to be deleted, or were when a process died. Nobody may rely on them. */
export interface DeletingBlobRow {
  digest: string;
  /** The one who deletes, and until when that is believed. */
  collector: string;
  until_ms: number;
}

/** Primary key digest: bytes that were found not to have their digest, or not to be there. */
export interface DamagedBlobRow {
  digest: string;
  found_ms: number;
  /** A sentence. */
  why: string;
}

/**
 * Primary key started_ms. A walk over all blobs that verifies each: the one that is under way, if one is, and the latest that
 * came to its end.
 */
export interface ScrubPassRow {
  started_ms: number;
  ended_ms: number | null;
  /** All digests up to this one have been looked at; empty at the beginning. */
  cursor: string;
  blobs: number;
  bytes: number;
  /** Blobs that were damaged or not there. */
  damaged: number;
}

/** Primary key digest: bytes that may lie in the archive's store. */
export interface ArchivedBlobRow {
  digest: string;
  size: number;
  /** Since when they are there alone; null while they may be in the first store as well. */
  moved_ms: number | null;
}

/** Primary key (repository_id, digest, cluster). Indexed by seen_ms. */
export interface ImageInUseRow {
  repository_id: number;
  digest: string;
  /** Who reported it. */
  cluster: string;
  seen_ms: number;
}

/** Primary key id, which sorts by time. Indexed by (repository_id, id). A run of a repository's lifecycle policy that did something, wants to, or was asked for. */
export interface LifecycleRunRow {
  id: string;
  repository_id: number;
  /** QUEUED, RUNNING, HELD, APPROVED, COMPLETE, FAILED, SUPERSEDED or UNDONE. */
  status: string;
  policy: string;
  started_ms: number;
  ended_ms: number | null;
  /** Images that the repository had, and how many were to go and to move; then how many did. */
  images: number;
  expiring: number;
  transitioning: number;
  expired: number;
  transitioned: number;
  /** The ARN of who asked for it, or null; `command` on this machine. */
  asked_by: string | null;
  /** Who let a held run go on. */
  approved_by: string | null;
  /** Of one that failed: a sentence. */
  error: string | null;
}

/** Primary key id, which sorts by time. What has happened, for whoever wants to be told. Indexed by at_ms. */
export interface EventRow {
  id: string;
  account: string;
  region: string;
  kind: string;
  at_ms: number;
  /** JSON. */
  detail: string;
}
