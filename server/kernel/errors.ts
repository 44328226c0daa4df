/**
 * Every way in which a request can fail, in AWS's exception names. A domain throws `RegistryError`; only protocols turn
 * it into a response. The table below is the one place that gives a code its HTTP status on either protocol.
 */
interface Row {
  /** HTTP status on the AWS protocols. ECR: every modelled client exception is a 400. (API reference, Common Errors) */
  readonly status: number;
  /** HTTP status and code on /v2/, in the words of the OCI distribution specification. */
  readonly oci: { readonly status: number; readonly code: OciErrorCode };
  /** The exception that ECR knows this as, where ours is finer than its own. Absent: the code itself. */
  readonly name?: string;
}

export type OciErrorCode =
  | "BLOB_UNKNOWN"
  | "BLOB_UPLOAD_INVALID"
  | "BLOB_UPLOAD_UNKNOWN"
  | "DENIED"
  | "DIGEST_INVALID"
  | "MANIFEST_BLOB_UNKNOWN"
  | "MANIFEST_INVALID"
  | "MANIFEST_UNKNOWN"
  | "NAME_INVALID"
  | "NAME_UNKNOWN"
  | "SIZE_INVALID"
  | "TAG_INVALID"
  | "TOOMANYREQUESTS"
  | "UNAUTHORIZED"
  | "UNKNOWN"
  | "UNSUPPORTED";

const row = (status: number, ociStatus: number, code: OciErrorCode, name?: string): Row => ({
  status,
  oci: { status: ociStatus, code },
  ...(name === undefined ? {} : { name }),
});

export const ERRORS = {
  // Who are you, and may you?
  AccessDeniedException: row(400, 403, "DENIED"),
  ExpiredTokenException: row(400, 403, "DENIED"),
  IncompleteSignatureException: row(400, 401, "UNAUTHORIZED"),
  InvalidSignatureException: row(400, 401, "UNAUTHORIZED"),
  MissingAuthenticationTokenException: row(400, 401, "UNAUTHORIZED"),
  NotAuthorizedException: row(401, 401, "UNAUTHORIZED"),
  UnrecognizedClientException: row(400, 401, "UNAUTHORIZED"),
  // What are you saying?
  MalformedHttpRequestException: row(400, 400, "UNSUPPORTED"),
  RequestAbortedException: row(400, 400, "UNKNOWN"),
  RequestEntityTooLargeException: row(413, 413, "SIZE_INVALID"),
  RequestTimeoutException: row(408, 408, "UNKNOWN"),
  SerializationException: row(400, 400, "UNSUPPORTED"),
  ThrottlingException: row(400, 429, "TOOMANYREQUESTS"),
  UnknownOperationException: row(400, 404, "UNSUPPORTED"),
  UnsupportedOperationException: row(400, 405, "UNSUPPORTED"),
  ValidationException: row(400, 400, "UNSUPPORTED"),
  // ECR's own.
  BlockedByOrganizationPolicyException: row(400, 403, "DENIED"),
  EmptyUploadException: row(400, 400, "BLOB_UPLOAD_INVALID"),
  ExclusionAlreadyExistsException: row(400, 400, "UNSUPPORTED"),
  ExclusionNotFoundException: row(400, 404, "UNSUPPORTED"),
  ImageAlreadyExistsException: row(400, 400, "TAG_INVALID"),
  ImageArchivedException: row(400, 404, "MANIFEST_UNKNOWN"),
  ImageDigestDoesNotMatchException: row(400, 400, "DIGEST_INVALID"),
  ImageNotFoundException: row(400, 404, "MANIFEST_UNKNOWN"),
  ImageReferencedByManifestListException: row(400, 409, "DENIED"),
  ImageStorageClassUpdateNotSupportedException: row(400, 400, "UNSUPPORTED"),
  ImageTagAlreadyExistsException: row(400, 400, "TAG_INVALID"),
  InvalidImageTagException: row(400, 400, "TAG_INVALID", "InvalidParameterException"),
  InvalidLayerException: row(400, 400, "DIGEST_INVALID"),
  InvalidLayerPartException: row(400, 416, "BLOB_UPLOAD_INVALID"),
  InvalidManifestException: row(400, 400, "MANIFEST_INVALID", "InvalidParameterException"),
  InvalidParameterException: row(400, 400, "UNSUPPORTED"),
  InvalidRepositoryNameException: row(400, 400, "NAME_INVALID", "InvalidParameterException"),
  InvalidTagParameterException: row(400, 400, "UNSUPPORTED"),
  KmsException: row(400, 400, "DENIED"),
  LayerAlreadyExistsException: row(400, 400, "BLOB_UPLOAD_INVALID"),
  LayerInUseException: row(400, 409, "DENIED"),
  LayerInaccessibleException: row(400, 404, "BLOB_UNKNOWN"),
  LayerNotFoundException: row(400, 404, "BLOB_UNKNOWN", "LayersNotFoundException"),
  LayerPartTooSmallException: row(400, 400, "SIZE_INVALID"),
  LayersNotFoundException: row(400, 404, "MANIFEST_BLOB_UNKNOWN"),
  LifecyclePolicyNotFoundException: row(400, 404, "UNSUPPORTED"),
  LifecyclePolicyPreviewInProgressException: row(400, 409, "UNSUPPORTED"),
  LifecyclePolicyPreviewNotFoundException: row(400, 404, "UNSUPPORTED"),
  LimitExceededException: row(400, 403, "DENIED"),
  ManifestTooLargeException: row(400, 413, "SIZE_INVALID", "InvalidParameterException"),
  PullThroughCacheRuleAlreadyExistsException: row(400, 409, "UNSUPPORTED"),
  PullThroughCacheRuleNotFoundException: row(400, 404, "UNSUPPORTED"),
  ReferencedImagesNotFoundException: row(400, 404, "MANIFEST_BLOB_UNKNOWN"),
  RegistryPolicyNotFoundException: row(400, 404, "UNSUPPORTED"),
  ReplicationBackfillInProgressException: row(400, 409, "UNSUPPORTED"),
  ReplicationBackfillInvalidStatusException: row(400, 409, "UNSUPPORTED"),
  ReplicationBackfillNotFoundException: row(400, 404, "UNSUPPORTED"),
  RepositoryAlreadyExistsException: row(400, 400, "NAME_INVALID"),
  RepositoryNotEmptyException: row(400, 400, "DENIED"),
  RepositoryNotFoundException: row(400, 404, "NAME_UNKNOWN"),
  RepositoryPolicyNotFoundException: row(400, 404, "UNSUPPORTED"),
  ScanNotFoundException: row(400, 404, "UNSUPPORTED"),
  SecretNotFoundException: row(400, 404, "UNSUPPORTED"),
  SigningConfigurationNotFoundException: row(400, 404, "UNSUPPORTED"),
  TemplateAlreadyExistsException: row(400, 409, "UNSUPPORTED"),
  TemplateNotFoundException: row(400, 404, "UNSUPPORTED"),
  TooManyTagsException: row(400, 400, "UNSUPPORTED"),
  UnableToAccessSecretException: row(400, 403, "DENIED"),
  UnableToDecryptSecretValueException: row(400, 403, "DENIED"),
  UnableToGetUpstreamImageException: row(400, 404, "MANIFEST_UNKNOWN"),
  UnableToGetUpstreamLayerException: row(400, 404, "BLOB_UNKNOWN"),
  UnableToListUpstreamImageReferrersException: row(400, 404, "MANIFEST_UNKNOWN"),
  UnsupportedImageTypeException: row(400, 400, "UNSUPPORTED"),
  UnsupportedUpstreamRegistryException: row(400, 400, "UNSUPPORTED"),
  UploadNotFoundException: row(400, 404, "BLOB_UPLOAD_UNKNOWN"),
  // IAM's and STS's own. Where ECR has the same name for something else, ours is longer.
  DeleteConflictException: row(409, 409, "UNSUPPORTED", "DeleteConflict"),
  EntityAlreadyExistsException: row(409, 409, "UNSUPPORTED", "EntityAlreadyExists"),
  EntityTemporarilyUnmodifiableException: row(409, 409, "UNSUPPORTED", "EntityTemporarilyUnmodifiable"),
  IamLimitExceededException: row(409, 409, "UNSUPPORTED", "LimitExceeded"),
  IdpCommunicationErrorException: row(400, 400, "UNSUPPORTED", "IDPCommunicationError"),
  IdpRejectedClaimException: row(403, 403, "DENIED", "IDPRejectedClaim"),
  IdentityTokenExpiredException: row(400, 403, "DENIED", "ExpiredTokenException"),
  InvalidAuthorizationMessageException: row(400, 400, "UNSUPPORTED"),
  InvalidIdentityTokenException: row(400, 400, "UNSUPPORTED", "InvalidIdentityToken"),
  InvalidInputException: row(400, 400, "UNSUPPORTED", "InvalidInput"),
  InvalidParameterValueException: row(400, 400, "UNSUPPORTED", "InvalidParameterValue"),
  MalformedPolicyDocumentException: row(400, 400, "UNSUPPORTED", "MalformedPolicyDocument"),
  NoSuchEntityException: row(404, 404, "UNSUPPORTED", "NoSuchEntity"),
  PackedPolicyTooLargeException: row(400, 400, "UNSUPPORTED", "PackedPolicyTooLarge"),
  PolicyNotAttachableException: row(400, 400, "UNSUPPORTED", "PolicyNotAttachable"),
  UnmodifiableEntityException: row(400, 400, "UNSUPPORTED", "UnmodifiableEntity"),
  // Of AWS Organizations. They never come up on /v2/.
  AWSOrganizationsNotInUseException: row(400, 400, "UNSUPPORTED"),
  AccountAlreadyClosedException: row(400, 400, "UNSUPPORTED"),
  AccountNotFoundException: row(400, 400, "UNSUPPORTED"),
  AlreadyInOrganizationException: row(400, 400, "UNSUPPORTED"),
  ChildNotFoundException: row(400, 400, "UNSUPPORTED"),
  ConstraintViolationException: row(400, 400, "UNSUPPORTED"),
  CreateAccountStatusNotFoundException: row(400, 400, "UNSUPPORTED"),
  DestinationParentNotFoundException: row(400, 400, "UNSUPPORTED"),
  DuplicateAccountException: row(400, 400, "UNSUPPORTED"),
  DuplicateOrganizationalUnitException: row(400, 400, "UNSUPPORTED"),
  DuplicatePolicyAttachmentException: row(400, 400, "UNSUPPORTED"),
  DuplicatePolicyException: row(400, 400, "UNSUPPORTED"),
  MasterCannotLeaveOrganizationException: row(400, 400, "UNSUPPORTED"),
  OrganizationNotEmptyException: row(400, 400, "UNSUPPORTED"),
  OrganizationalUnitNotEmptyException: row(400, 400, "UNSUPPORTED"),
  OrganizationalUnitNotFoundException: row(400, 400, "UNSUPPORTED"),
  ParentNotFoundException: row(400, 400, "UNSUPPORTED"),
  PolicyInUseException: row(400, 400, "UNSUPPORTED"),
  PolicyNotAttachedException: row(400, 400, "UNSUPPORTED"),
  PolicyNotFoundException: row(400, 400, "UNSUPPORTED"),
  PolicyTypeAlreadyEnabledException: row(400, 400, "UNSUPPORTED"),
  PolicyTypeNotAvailableForOrganizationException: row(400, 400, "UNSUPPORTED"),
  PolicyTypeNotEnabledException: row(400, 400, "UNSUPPORTED"),
  RootNotFoundException: row(400, 400, "UNSUPPORTED"),
  SourceParentNotFoundException: row(400, 400, "UNSUPPORTED"),
  TargetNotFoundException: row(400, 400, "UNSUPPORTED"),
  // Of what AWS does not have.
  DeletionLockedException: row(400, 403, "DENIED", "InvalidParameterException"),
  DecisionNotFoundException: row(400, 404, "UNSUPPORTED"),
  LifecycleRunNotFoundException: row(400, 404, "UNSUPPORTED"),
  // Ours to blame.
  InsufficientStorageException: row(507, 507, "UNKNOWN"),
  ServerException: row(500, 500, "UNKNOWN"),
  ServiceUnavailableException: row(503, 503, "UNKNOWN"),
} as const satisfies Record<string, Row>;

export type ErrorCode = keyof typeof ERRORS;

/** A failure that the client is told about. `message` is a sentence for people; `detail` becomes extra members of the reply. */
export class RegistryError extends Error {
  readonly code: ErrorCode;
  readonly detail: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, detail: Readonly<Record<string, unknown>> = {}, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "RegistryError";
    this.code = code;
    this.detail = detail;
  }
}

/** A member of an input that breaks a rule. Its message is in ECR's form; other services say the same in other words. */
export class InvalidParameterError extends RegistryError {
  /** Where it is, such as `tags.1.member.Key`. */
  readonly path: string;
  readonly constraint: string;

  constructor(path: string, constraint: string) {
    super("InvalidParameterException", `Invalid parameter at '${path}' failed to satisfy constraint: '${constraint}'`);
    this.path = path;
    this.constraint = constraint;
  }
}

/** ECR's form for a member that breaks a rule: `Invalid parameter at 'x' failed to satisfy constraint: 'y'`. */
export function invalidParameter(path: string, constraint: string): InvalidParameterError {
  return new InvalidParameterError(path, constraint);
}

/** For something that the code holds to be impossible. Becomes ServerException; the text only reaches the log. */
export function unreachable(what: string): Error {
  return new Error(`This must not happen: ${what}`);
}

/** The exception name that a client of the AWS protocols sees for a code. */
export function wireName(code: ErrorCode): string {
  const { name }: Row = ERRORS[code];
  return name ?? code;
}
