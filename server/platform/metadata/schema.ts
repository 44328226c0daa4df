import type {
  AccessChangeRow,
  AccessKeyUseRow,
  AccountAliasRow,
  AccountRequestRow,
  ControlPolicyRow,
  ControlPolicyTargetRow,
  GroupMemberRow,
  IamEntityRow,
  IamTagRow,
  InlinePolicyRow,
  ManagedPolicyRow,
  OidcProviderRow,
  OrganisationAccountRow,
  OrganisationRow,
  OrganisationServiceRow,
  OrganisationUnitRow,
  PolicyAttachmentRow,
  PolicyVersionRow,
  RegistryTokenRow,
  DenialRow,
} from "./iam-schema.ts";
import type {
  ArchivedBlobRow,
  DamagedBlobRow,
  DeletedManifestRow,
  DeletedRepositoryRow,
  DeletedTagRow,
  DeletingBlobRow,
  DeletionRow,
  EventRow,
  ImageInUseRow,
  LifecycleRunRow,
  ScrubPassRow,
} from "./space-schema.ts";

/**
 * The tables, as both engines have them; the migrations make them so. Times are milliseconds since the epoch, flags are 0
 * or 1, JSON is text. A repository's id is random and never used again, so what is left of a deleted repository can never
 * come to belong to another. All that a repository holds is found through its id, and the id through (account, region, name).
 */
export interface Schema {
  accounts: AccountRow;
  access_keys: AccessKeyRow;
  settings: SettingRow;
  repositories: RepositoryRow;
  resource_tags: ResourceTagRow;
  uploads: UploadRow;
  completed_uploads: CompletedUploadRow;
  layers: LayerRow;
  manifests: ManifestRow;
  manifest_layers: ManifestLayerRow;
  manifest_children: ManifestChildRow;
  tags: TagRow;
  storage_transitions: StorageTransitionRow;
  repository_documents: RepositoryDocumentRow;
  registry_documents: RegistryDocumentRow;
  lifecycle_previews: LifecyclePreviewRow;
  lifecycle_preview_results: LifecyclePreviewResultRow;
  account_settings: AccountSettingRow;
  pull_time_exclusions: PullTimeExclusionRow;
  creation_templates: CreationTemplateRow;
  pull_through_rules: PullThroughRuleRow;
  account_aliases: AccountAliasRow;
  organisations: OrganisationRow;
  organisation_services: OrganisationServiceRow;
  organisation_units: OrganisationUnitRow;
  organisation_accounts: OrganisationAccountRow;
  account_requests: AccountRequestRow;
  control_policies: ControlPolicyRow;
  control_policy_targets: ControlPolicyTargetRow;
  access_changes: AccessChangeRow;
  denials: DenialRow;
  iam_entities: IamEntityRow;
  group_members: GroupMemberRow;
  inline_policies: InlinePolicyRow;
  managed_policies: ManagedPolicyRow;
  policy_versions: PolicyVersionRow;
  policy_attachments: PolicyAttachmentRow;
  iam_tags: IamTagRow;
  oidc_providers: OidcProviderRow;
  access_key_uses: AccessKeyUseRow;
  registry_tokens: RegistryTokenRow;
  deletions: DeletionRow;
  deleted_tags: DeletedTagRow;
  deleted_manifests: DeletedManifestRow;
  deleted_repositories: DeletedRepositoryRow;
  deleting_blobs: DeletingBlobRow;
  damaged_blobs: DamagedBlobRow;
  scrub_passes: ScrubPassRow;
  archived_blobs: ArchivedBlobRow;
  images_in_use: ImageInUseRow;
  lifecycle_runs: LifecycleRunRow;
  events: EventRow;
  jobs: JobRow;
}

export interface AccountRow {
  /** Primary key. */
  account: string;
  created_ms: number;
}

export interface AccessKeyRow {
  /** Primary key. */
  access_key_id: string;
  account: string;
  /** The unique id of the principal: the account id for root. */
  principal_id: string;
  /** Sealed with a key that is derived from the root key. */
  secret_sealed: Uint8Array;
  /** `Active` or `Inactive`, as IAM says it. */
  status: string;
  created_ms: number;
}

/** What the whole installation agrees on, such as the fingerprint of its root key. */
export interface SettingRow {
  /** Primary key. */
  name: string;
  value: string;
}

export interface RepositoryRow {
  /** Primary key, random, below 2^53. */
  id: number;
  /** (account, region, name) is unique. */
  account: string;
  region: string;
  name: string;
  created_ms: number;
  tag_mutability: string;
  /** JSON: a list of { filterType, filter }. */
  tag_mutability_filters: string;
  scan_on_push: number;
  encryption_type: string;
  kms_key: string | null;
}

/** Primary key (repository_id, key). */
export interface ResourceTagRow {
  repository_id: number;
  key: string;
  value: string;
}

/** Primary key id. An upload is bound to the repository and to the principal that began it. */
export interface UploadRow {
  id: string;
  repository_id: number;
  principal_id: string;
  algorithm: string;
  /** Bytes received and hashed. */
  size: number;
  /** The digest of those bytes. */
  digest: string;
  /** Parts received, and the size of the smallest but for the last: ECR's rules for CompleteLayerUpload. */
  parts: number;
  smallest_part: number | null;
  last_part: number;
  created_ms: number;
  /** When it was begun or got its latest bytes, and nothing later: from before the machine started, they may be lost. Indexed. */
  touched_ms: number;
  /** The one request that may write to the stage now, and until when it is believed to be alive. */
  writer: string | null;
  writer_until_ms: number | null;
  /** The digest that it is about to become: it names those bytes until there is a layer. Indexed. */
  completing: string | null;
}

/** An upload that has become a layer, for whoever did not hear of it and asks again. Primary key (repository_id, id). */
export interface CompletedUploadRow {
  repository_id: number;
  id: string;
  principal_id: string;
  digest: string;
  /** Indexed: it is forgotten after the lifetime of an upload. */
  completed_ms: number;
}

/** Primary key (repository_id, digest): membership. Also indexed by digest. */
export interface LayerRow {
  repository_id: number;
  digest: string;
  size: number;
  created_ms: number;
  /** Not collectable before then, though no image needs it. */
  leased_until_ms: number;
  /** 1 when its bytes are known not to be what they were: until somebody pushes it again it is as good as absent. */
  damaged: number;
}

/** Primary key (repository_id, digest). Indexed by (repository_id, status, tagged, digest) and (repository_id, subject, digest). */
export interface ManifestRow {
  repository_id: number;
  digest: string;
  media_type: string;
  /** The OCI artifactType, or for an image manifest without one its config's media type; null for an index without one. */
  artifact_type: string | null;
  body: Uint8Array;
  body_size: number;
  /** Bytes as ECR counts them: config and layers of an image; the largest child of an index. */
  image_size: number;
  subject: string | null;
  /** JSON, of a manifest with a subject; null when it has none, or no subject. */
  annotations: string | null;
  pushed_ms: number;
  pulled_ms: number | null;
  /** ACTIVE, ARCHIVED or ACTIVATING. */
  status: string;
  /** 1 when a tag points here. Kept true by the transactions that move tags. */
  tagged: number;
}

/** Primary key (repository_id, manifest, layer). Indexed by (repository_id, layer). */
export interface ManifestLayerRow {
  repository_id: number;
  manifest: string;
  layer: string;
  media_type: string;
}

/** Primary key (repository_id, manifest, child). Indexed by (repository_id, child). */
export interface ManifestChildRow {
  repository_id: number;
  manifest: string;
  child: string;
}

/** Primary key (repository_id, tag). Indexed by (repository_id, manifest, tag). */
export interface TagRow {
  repository_id: number;
  tag: string;
  manifest: string;
  moved_ms: number;
}

/** When an image was last put into the archive and taken out of it. Primary key (repository_id, manifest); none for most. */
export interface StorageTransitionRow {
  repository_id: number;
  manifest: string;
  archived_ms: number | null;
  activated_ms: number | null;
}

/** Primary key (repository_id, kind). */
export interface RepositoryDocumentRow {
  repository_id: number;
  /** `policy` or `lifecycle`. */
  kind: string;
  /** As the client sent it: it has to come back so. */
  text: string;
  /** Of a policy, JSON: the unique ids of those whom it names, by ARN. */
  principals: string | null;
  updated_ms: number;
  /** Of a lifecycle policy: when it was last evaluated. */
  evaluated_ms: number | null;
}

/** Primary key (account, region, kind). */
export interface RegistryDocumentRow {
  account: string;
  region: string;
  /** `policy`, `replication`, `scanning` or `signing`. */
  kind: string;
  text: string;
  /** Of a policy, JSON: the unique ids of those whom it names, by ARN. */
  principals: string | null;
  updated_ms: number;
}

/** Primary key repository_id: the latest preview of a repository's lifecycle policy. Indexed by (status, started_ms). */
export interface LifecyclePreviewRow {
  repository_id: number;
  /** The policy that is previewed, which need not be the one that is set. */
  text: string;
  /** IN_PROGRESS, COMPLETE, FAILED or EXPIRED. */
  status: string;
  started_ms: number;
  /** Names the one that may write results now; null before the first has begun. */
  run: string | null;
  expiring: number;
  transitioning: number;
}

/** Primary key (repository_id, position). Meant for readers only when the preview is COMPLETE. */
export interface LifecyclePreviewResultRow {
  repository_id: number;
  /** The digest behind `1`, or behind `0` of an image without a tag: so results with tags are a range of their own. */
  position: string;
  digest: string;
  /** JSON: a list of texts. */
  tags: string;
  pushed_ms: number;
  /** EXPIRE or TRANSITION. */
  action: string;
  priority: number;
  /** STANDARD or ARCHIVE. */
  storage_class: string;
}

/** Primary key (account, region, name). */
export interface AccountSettingRow {
  account: string;
  region: string;
  name: string;
  value: string;
}

/** Primary key (account, region, principal_arn). */
export interface PullTimeExclusionRow {
  account: string;
  region: string;
  principal_arn: string;
  created_ms: number;
}

/** Primary key (account, region, prefix). */
export interface CreationTemplateRow {
  account: string;
  region: string;
  /** Without a `/` at its end. */
  prefix: string;
  /** JSON: the members of the template, as ECR's API names them. */
  template: string;
  /** JSON: the unique ids of those whom its repository policy names, by ARN. */
  policy_principals: string | null;
  created_ms: number;
  updated_ms: number;
}

/** Primary key (account, region, prefix). */
export interface PullThroughRuleRow {
  account: string;
  region: string;
  prefix: string;
  upstream_url: string;
  upstream_registry: string;
  upstream_prefix: string | null;
  credential_arn: string | null;
  custom_role_arn: string | null;
  created_ms: number;
  updated_ms: number;
}

export interface JobRow {
  /** Primary key. */
  key: string;
  kind: string;
  payload: string;
  due_ms: number;
  attempts: number;
  /** Who works on it, and until when that is believed. */
  lease_owner: string | null;
  lease_until_ms: number | null;
  /** Set when it has failed for good and waits for a person. */
  parked: number;
  error: string | null;
}
