/** Every bound on what a client may send or ask for. Units stand last in the name. */
const KIB = 1024;
const MIB = 1024 * KIB;

/** ECR: ImageManifest is at most 4,194,304 characters; distribution and zot cap manifests at the same size. */
export const MANIFEST_SIZE_BYTES_MAX = 4 * MIB;
/** Descriptors in one manifest: config, layers and children together. */
export const MANIFEST_REFERENCES_MAX = 4_000;
export const MANIFEST_DEPTH_MAX = 32;
/** Of a manifest with a subject: a list of referrers repeats them, many in one answer. Others may fill the manifest with them. */
export const MANIFEST_ANNOTATIONS_BYTES_MAX = 512 * KIB;
/** Of all manifests in one answer of BatchGetImage: its hundred largest would not fit in memory. */
export const MANIFESTS_PER_BATCH_BYTES_MAX = 4 * MANIFEST_SIZE_BYTES_MAX;
/** Images that one request brings back, with the children that it did not name. */
export const IMAGES_RESTORED_MAX = 200;
/** Tags in one push by digest with `?tag=`. */
export const MANIFEST_TAGS_PER_PUSH_MAX = 10;
/** Repositories that a mount without a source is tried from: whether the caller may read it is asked of each. */
export const MOUNT_SOURCES_MAX = 20;

/** ECR: Tags per image, 1,000. (service quotas) */
export const TAGS_PER_IMAGE_MAX = 1_000;

/** Tags in one page of DescribeImages, which ends early when its images have more. No operator may allow one image more than that. */
export const TAGS_PER_PAGE_MAX = 10_000;
/** Images in one report of what clusters run, and clusters of which it is known that they run the same image. */
export const IMAGES_PER_REPORT_MAX = 1_000;
export const IMAGE_CLUSTERS_MAX = 100;
/** How long an image that was seen running counts as in use where nobody says, and for how long it is known that it was. */
export const IN_USE_WINDOW_S = 3 * 24 * 60 * 60;
export const USES_REMEMBERED_S = 90 * 24 * 60 * 60;
/** ECR: 100 pull time update exclusions a registry. (service quotas) */
export const PULL_TIME_EXCLUSIONS_MAX = 100;
/** How old a recorded pull time is before a new pull replaces it. ECR: at least once in 24 hours. (API reference, ImageDetail) */
export const PULL_TIME_PRECISION_S = 60;
/** Manifests whose pulls one process remembers until they are written down; more in these few seconds go unrecorded. */
export const PULLS_GATHERED_MAX = 20_000;

/** ECR: every part but the last is at least 5 MiB; LayerPartBlob is at most 20,971,520 bytes. */
export const LAYER_PART_SIZE_BYTES_MIN = 5 * MIB;
export const LAYER_PART_SIZE_BYTES_MAX = 20 * MIB;
/** ECR: InitiateLayerUpload answers this partSize. */
export const LAYER_PART_SIZE_BYTES = 10 * MIB;
/** ECR: Layer parts per upload, 4,200. */
export const LAYER_PARTS_MAX = 4_200;
/** ECR: 52,000 MiB. Ours is open where its is commercial; it keeps sizes far below 2^53. */
export const LAYER_SIZE_BYTES_MAX = 1024 * 1024 * MIB;

export const PAGE_SIZE_DEFAULT = 100;
export const PAGE_SIZE_MAX = 1_000;
/** On /v2/ a list without `n`. */
export const OCI_PAGE_SIZE_DEFAULT = 1_000;
export const OCI_REFERRERS_PAGE_SIZE = 500;

/** JSON requests: a layer part in base64 is the largest thing that they carry. */
export const JSON_BODY_BYTES_MAX = 29 * MIB;
/** JSON requests of operations that carry neither a part nor a manifest. */
export const JSON_BODY_BYTES_DEFAULT = 256 * KIB;
/** JSON requests larger than the default: of those who are known, in memory at the same time; and on the disk, of anybody. In one process. */
export const JSON_BODIES_BYTES_MAX = 32 * MIB;
export const SPOOLED_BODIES_BYTES_MAX = 512 * MIB;
/** Smaller bodies that one process receives at the same time by one protocol, before their signatures can be looked into. */
export const UNVERIFIED_BODIES_BYTES_MAX = 32 * MIB;
export const JSON_DEPTH_MAX = 64;
/** A body that is not streamed has to be whole by then. */
export const BODY_TIME_S_MAX = 5 * 60;
export const QUERY_BODY_BYTES_MAX = 256 * KIB;
/** The same without a signature, which has room for a token of 20,000 characters; all of them in one process; and by when one is whole. */
export const UNSIGNED_BODY_BYTES_MAX = 64 * KIB;
export const UNSIGNED_BODIES_BYTES_MAX = 32 * MIB;
export const UNSIGNED_BODY_TIME_S_MAX = 10;
export const QUERY_PARAMETERS_MAX = 1_000;
export const HEADER_BYTES_MAX = 32 * KIB;
export const URL_LENGTH_MAX = 16 * KIB;

/** ECR: a repository policy or registry policy has at most 10,240 characters. (API model, RepositoryPolicyText) */
export const POLICY_TEXT_LENGTH_MAX = 10_240;
/** What a policy needs: document, statements, statement, conditions, operator, values. */
export const POLICY_DEPTH_MAX = 6;
/** A longer value of a request is not compared with a pattern of a policy, for the work grows with both lengths. */
export const PATTERN_TEXT_LENGTH_MAX = 1_024;

/** IAM: characters of a managed policy, without white space. (IAM User Guide, quotas) */
export const MANAGED_POLICY_SIZE_MAX = 6_144;
/** IAM: versions of a managed policy. (IAM User Guide, quotas) */
export const POLICY_VERSIONS_MAX = 5;
/** IAM: characters of a role's trust policy: 2,048, and up to 8,192 where an account asks for it. (IAM User Guide, quotas) */
export const TRUST_POLICY_LENGTH_MAX = 8_192;
/** IAM: clients and thumbprints of one OIDC provider. (IAM User Guide, quotas; API reference, CreateOpenIDConnectProvider) */
export const OIDC_CLIENTS_MAX = 100;
export const OIDC_THUMBPRINTS_MAX = 5;
/** IAM: OIDC providers of one account: 100, and up to 700 where it asks for more. (IAM User Guide, quotas) */
export const OIDC_PROVIDERS_MAX = 700;
/** Policy texts that one process keeps compiled; principals, and repositories, whose policies and tags it remembers. */
export const POLICIES_COMPILED_MAX = 8_192;
/** Characters of those texts, of each of the three together: compiled, a policy takes 25 times its length in the worst case. */
export const POLICIES_KEPT_LENGTH_MAX = 4 * MIB;
export const PRINCIPALS_KEPT_MAX = 8_192;
export const RESOURCES_KEPT_MAX = 16_384;

/** ECR: 50 resource tags a repository; keys up to 128 and values up to 256 characters. */
export const RESOURCE_TAGS_MAX = 50;
export const RESOURCE_TAG_KEY_LENGTH_MAX = 128;
export const RESOURCE_TAG_VALUE_LENGTH_MAX = 256;

/** ECR: Rules per lifecycle policy, 50. (service quotas) */
export const LIFECYCLE_RULES_MAX = 50;
/** ECR: LifecyclePolicyText. (API model) */
export const LIFECYCLE_POLICY_LENGTH_MIN = 100;
export const LIFECYCLE_POLICY_LENGTH_MAX = 30_720;
/** ECR: GetLifecyclePolicyPreview pages are 100 at most. (API model, LifecyclePreviewMaxResults) */
export const PREVIEW_PAGE_SIZE_MAX = 100;
/** For how long it is known what has happened, and what lifecycle policies did. ECR: CloudTrail shows 90 days. (CloudTrail user guide) */
export const EVENTS_REMEMBERED_S = 90 * 24 * 60 * 60;
/** ECR: an event of a lifecycle policy tells of fewer than 10 images, and 100 tags of each. (user guide, CloudTrail) */
export const EVENT_IMAGES_MAX = 9;
export const EVENT_TAGS_MAX = 100;
/** How long the results of a lifecycle policy preview are kept. ECR names no time. */
export const PREVIEW_LIFETIME_S = 24 * 60 * 60;
/** ECR: a lifecycle policy deletes nothing that has been in the archive for fewer days. (user guide) */
export const ARCHIVE_DAYS_MIN = 90;
/** Creation templates of one registry. ECR's quotas do not name a number. */
export const CREATION_TEMPLATES_MAX = 500;
/** ECR: Pull-through cache rules per registry, 50. (service quotas) */
export const PULL_THROUGH_RULES_MAX = 50;

/** ECR: rules of a replication configuration, and destinations and filters of one rule. (API model) */
export const REPLICATION_RULES_MAX = 25;
/** Also over all rules, each destination counted once. */
export const REPLICATION_DESTINATIONS_MAX = 100;
export const REPLICATION_FILTERS_MAX = 100;
/** ECR: rules of a signing configuration, and filters of one rule. (API model) */
export const SIGNING_RULES_MAX = 10;
export const SIGNING_FILTERS_MAX = 100;
/** JSON requests that carry the configuration of a registry, or what a cluster runs: as much of either as there may be has room. */
export const CONFIGURATION_BODY_BYTES_MAX = MIB;

/** ECR: an authorization token lives for 12 hours. */
export const AUTHORIZATION_TOKEN_LIFETIME_S = 12 * 60 * 60;
/** How long what was read of principals is believed where nothing says that it has changed: with PostgreSQL. */
export const READ_BELIEVED_S = 1;
/** How old the recorded last use of an access key, a registry token or a role is before another use replaces it. */
export const USE_PRECISION_S = 5 * 60;
/** Access keys, registry tokens and roles whose uses one process remembers until they are written down. */
export const USES_GATHERED_MAX = 8_192;
/** How long a registry token is good where nobody says, and at most. */
export const REGISTRY_TOKEN_LIFETIME_S = 90 * 24 * 60 * 60;
export const REGISTRY_TOKEN_LIFETIME_S_MAX = 3_660 * 24 * 60 * 60;
export const REGISTRY_TOKENS_PER_PRINCIPAL_MAX = 50;
/** How long an OIDC issuer may take for one document, and how large that may be. */
export const ISSUER_TIMEOUT_MS = 5_000;
export const ISSUER_DOCUMENT_BYTES_MAX = 256 * KIB;
/** How long an issuer's keys are believed; a token of another key makes us look again, but no sooner than after the second. */
export const ISSUER_KEYS_BELIEVED_S = 10 * 60;
export const ISSUER_ASKED_AGAIN_S = 30;
/** How long an issuer that failed is not asked again. */
export const ISSUER_FAULT_BELIEVED_S = 5;
/** Issuers whose keys one process remembers. */
export const ISSUERS_CACHED_MAX = 1_024;
/** How far the clock of an OIDC issuer may be from ours. */
export const ISSUER_SKEW_S = 60;
/** ECR: a layer's download URL lives for an hour. */
export const DOWNLOAD_URL_LIFETIME_S = 60 * 60;
/** An upload that nobody has touched for this long is abandoned. */
export const UPLOAD_LIFETIME_S = 24 * 60 * 60;
/** For how long what was deleted can be brought back, and for how long it is known that it was there. */
export const UNDO_WINDOW_S = 7 * 24 * 60 * 60;
export const DELETION_RECORDS_S = 90 * 24 * 60 * 60;
/** How long a request that writes to an upload is believed to be alive without a word from it. */
export const UPLOAD_WRITER_LEASE_S = 20;
/** How long a layer that no image needs is kept after it was uploaded, mounted or said to exist. */
export const LAYER_LEASE_S = 24 * 60 * 60;
/** How long a collector that has marked bytes may take to delete them, before others hold it for dead. */
export const DELETING_LEASE_S = 30;
/** How old bytes are that nothing names before they are collected. */
export const UNNAMED_AGE_S = 60 * 60;
/** AWS: a presigned request is valid for a week at most. */
export const PRESIGNED_LIFETIME_S_MAX = 7 * 24 * 60 * 60;
/** AWS: a session token is 4,096 bytes at most, with its policies and tags in it. (STS API reference, PackedPolicySize) */
export const SESSION_TOKEN_LENGTH_MAX = 4 * KIB;
/** A password as `docker login` sends it; most have some 400 characters, and that of a session has all that its token has. */
export const AUTHORIZATION_TOKEN_LENGTH_MAX = SESSION_TOKEN_LENGTH_MAX + KIB;
/** Accounts, regions and operations whose calls one process counts at the same time. */
export const RATES_COUNTED_MAX = 8_192;
/** Principals, tokens and signing keys that one process remembers. */
export const CREDENTIALS_CACHED_MAX = 8_192;
/** Characters of the headers by which passwords came, with the passwords in them. */
export const AUTHORIZATIONS_KEPT_LENGTH_MAX = 8 * MIB;
/** Denials of one account that are kept for whoever asks why, and for how long. */
export const DENIALS_KEPT_MAX = 1_000;
export const DENIALS_LIFETIME_S = 7 * 24 * 60 * 60;
/** Denials of one account that one process remembers until they are written down, and how many accounts' it does; of providers too. */
export const DENIALS_GATHERED_MAX = 50;
export const DENIALS_GATHERED_ACCOUNTS_MAX = 64;
/** What is kept of one decision: characters of its statements, values of one list and characters of one value. */
export const REPORT_TEXT_LENGTH_MAX = 32 * KIB;
export const REPORT_VALUES_MAX = 32;
export const REPORT_VALUE_LENGTH_MAX = 256;
/** Characters of whoever came with a token: provider, audience and subject. OIDC: a subject has 255 at most. (Core 1.0, 2) */
export const REPORT_BEARER_LENGTH_MAX = KIB;
/** Of one simulation: policies, actions, resources, condition keys and values of one. IAM's model has no bounds. */
export const SIMULATED_POLICIES_MAX = 32;
export const SIMULATED_ACTIONS_MAX = 1_000;
export const SIMULATED_RESOURCES_MAX = 250;
export const SIMULATED_CONTEXT_MAX = 100;
/** Characters of all policies that are given to one simulation. */
export const SIMULATED_TEXT_LENGTH_MAX = 64 * KIB;
/** Actions on resources that one answer of a simulation decides, and characters of policies that it decides by; then the page ends. */
export const SIMULATED_DECISIONS_MAX = 500;
export const SIMULATED_WORK_LENGTH_MAX = 8 * MIB;
/** Statements that are told of one decision. */
export const SIMULATED_MATCHES_MAX = 32;
