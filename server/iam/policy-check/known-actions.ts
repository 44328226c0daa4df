/** Actions that policies can name, by service. (Service Authorization Reference; API models of IAM and STS) */
export interface KnownActions {
  /** What acts on a repository, whose ARN policies can name. */
  readonly onRepositories: readonly string[];
  /** What has no resource, or one of another kind; in the ECR services no resource, which only `*` covers. */
  readonly others: readonly string[];
}

/** Of ECR, on a repository. */
const ECR_REPOSITORY = words(`
  BatchCheckLayerAvailability BatchDeleteImage BatchGetImage BatchGetRepositoryScanningConfiguration
  BatchImportUpstreamImage CompleteLayerUpload CreateRepository DeleteLifecyclePolicy DeleteRepository
  DeleteRepositoryPolicy DescribeImageReplicationStatus DescribeImageScanFindings DescribeImageSigningStatus
  DescribeImages DescribeRepositories GetDownloadUrlForLayer GetImageCopyStatus GetLifecyclePolicy
  GetLifecyclePolicyPreview GetRepositoryPolicy InitiateLayerUpload ListImages ListTagsForResource PutImage
  PutImageScanningConfiguration PutImageTagMutability PutLifecyclePolicy ReplicateImage SetRepositoryPolicy
  StartImageScan StartLifecyclePolicyPreview TagResource UntagResource UpdateImageStorageClass UploadLayerPart
`);

/** Of ECR, on no resource. */
const ECR_REGISTRY = words(`
  CreatePullThroughCacheRule CreateRepositoryCreationTemplate DeletePullThroughCacheRule DeleteRegistryPolicy
  DeleteRepositoryCreationTemplate DeleteSigningConfiguration DeregisterPullTimeUpdateExclusion
  DescribePullThroughCacheRules DescribeRegistry DescribeReplicationBackfillResults
  DescribeRepositoryCreationTemplates GetAccountSetting GetAuthorizationToken GetRegistryPolicy
  GetRegistryScanningConfiguration GetSigningConfiguration ListPullTimeUpdateExclusions ListReplicationBackfills
  PutAccountSetting PutRegistryPolicy PutRegistryScanningConfiguration PutReplicationConfiguration
  PutSigningConfiguration RegisterPullTimeUpdateExclusion StartReplicationBackfill StopReplicationBackfill
  UpdatePullThroughCacheRule UpdateRepositoryCreationTemplate ValidatePullThroughCacheRule
`);

/** Of ECR Public, on a repository. */
const PUBLIC_REPOSITORY = words(`
  BatchCheckLayerAvailability BatchDeleteImage CompleteLayerUpload CreateRepository DeleteRepository
  DeleteRepositoryPolicy DescribeImageTags DescribeImages DescribeRegistries DescribeRepositories
  GetRegistryCatalogData GetRepositoryCatalogData GetRepositoryPolicy InitiateLayerUpload ListTagsForResource PutImage
  PutRegistryCatalogData PutRepositoryCatalogData SetRepositoryPolicy TagResource UntagResource UploadLayerPart
`);

/** Of ECR Public, on a registry or on no resource. */
const PUBLIC_REGISTRY = words(`
  GetAuthorizationToken
`);

/** Of IAM: its operations, and what passes a role on to a service. */
const IAM = words(`
  AcceptDelegationRequest AddClientIDToOpenIDConnectProvider AddRoleToInstanceProfile AddUserToGroup
  AssociateDelegationRequest AttachGroupPolicy AttachRolePolicy AttachUserPolicy ChangePassword CreateAccessKey
  CreateAccountAlias CreateDelegationRequest CreateGroup CreateInstanceProfile CreateLoginProfile
  CreateOpenIDConnectProvider CreatePolicy CreatePolicyVersion CreateRole CreateSAMLProvider CreateServiceLinkedRole
  CreateServiceSpecificCredential CreateUser CreateVirtualMFADevice DeactivateMFADevice DeleteAccessKey
  DeleteAccountAlias DeleteAccountPasswordPolicy DeleteGroup DeleteGroupPolicy DeleteInstanceProfile
  DeleteLoginProfile DeleteOpenIDConnectProvider DeletePolicy DeletePolicyVersion DeleteRole
  DeleteRolePermissionsBoundary DeleteRolePolicy DeleteSAMLProvider DeleteSSHPublicKey DeleteServerCertificate
  DeleteServiceLinkedRole DeleteServiceSpecificCredential DeleteSigningCertificate DeleteUser
  DeleteUserPermissionsBoundary DeleteUserPolicy DeleteVirtualMFADevice DetachGroupPolicy DetachRolePolicy
  DetachUserPolicy DisableOrganizationsRootCredentialsManagement DisableOrganizationsRootSessions
  DisableOutboundWebIdentityFederation EnableMFADevice EnableOrganizationsRootCredentialsManagement
  EnableOrganizationsRootSessions EnableOutboundWebIdentityFederation GenerateCredentialReport
  GenerateOrganizationsAccessReport GenerateServiceLastAccessedDetails GetAccessKeyLastUsed
  GetAccountAuthorizationDetails GetAccountPasswordPolicy GetAccountSummary GetContextKeysForCustomPolicy
  GetContextKeysForPrincipalPolicy GetCredentialReport GetDelegationRequest GetGroup GetGroupPolicy
  GetHumanReadableSummary GetInstanceProfile GetLoginProfile GetMFADevice GetOpenIDConnectProvider
  GetOrganizationsAccessReport GetOutboundWebIdentityFederationInfo GetPolicy GetPolicyVersion GetRole GetRolePolicy
  GetSAMLProvider GetSSHPublicKey GetServerCertificate GetServiceLastAccessedDetails
  GetServiceLastAccessedDetailsWithEntities GetServiceLinkedRoleDeletionStatus GetUser GetUserPolicy ListAccessKeys
  ListAccountAliases ListAttachedGroupPolicies ListAttachedRolePolicies ListAttachedUserPolicies
  ListDelegationRequests ListEntitiesForPolicy ListGroupPolicies ListGroups ListGroupsForUser ListInstanceProfileTags
  ListInstanceProfiles ListInstanceProfilesForRole ListMFADeviceTags ListMFADevices ListOpenIDConnectProviderTags
  ListOpenIDConnectProviders ListOrganizationsFeatures ListPolicies ListPoliciesGrantingServiceAccess ListPolicyTags
  ListPolicyVersions ListRolePolicies ListRoleTags ListRoles ListSAMLProviderTags ListSAMLProviders ListSSHPublicKeys
  ListServerCertificateTags ListServerCertificates ListServiceSpecificCredentials ListSigningCertificates
  ListUserPolicies ListUserTags ListUsers ListVirtualMFADevices PassRole PutGroupPolicy PutRolePermissionsBoundary
  PutRolePolicy PutUserPermissionsBoundary PutUserPolicy RejectDelegationRequest
  RemoveClientIDFromOpenIDConnectProvider RemoveRoleFromInstanceProfile RemoveUserFromGroup
  ResetServiceSpecificCredential ResyncMFADevice SendDelegationToken SetDefaultPolicyVersion
  SetSecurityTokenServicePreferences SimulateCustomPolicy SimulatePrincipalPolicy TagInstanceProfile TagMFADevice
  TagOpenIDConnectProvider TagPolicy TagRole TagSAMLProvider TagServerCertificate TagUser UntagInstanceProfile
  UntagMFADevice UntagOpenIDConnectProvider UntagPolicy UntagRole UntagSAMLProvider UntagServerCertificate UntagUser
  UpdateAccessKey UpdateAccountPasswordPolicy UpdateAssumeRolePolicy UpdateDelegationRequest UpdateGroup
  UpdateLoginProfile UpdateOpenIDConnectProviderThumbprint UpdateRole UpdateRoleDescription UpdateSAMLProvider
  UpdateSSHPublicKey UpdateServerCertificate UpdateServiceSpecificCredential UpdateSigningCertificate UpdateUser
  UploadSSHPublicKey UploadServerCertificate UploadSigningCertificate
`);

/** Of STS: its operations, and what they ask for beside. */
const STS = words(`
  AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot DecodeAuthorizationMessage GetAccessKeyInfo
  GetCallerIdentity GetDelegatedAccessToken GetFederationToken GetServiceBearerToken GetSessionToken
  GetWebIdentityToken SetContext SetSourceIdentity TagSession
`);

/** Ours, on a repository, and the others. */
const LONGSHORE_REPOSITORY = words(`
  ApproveLifecycleRun DescribeImageStorageUsage DescribeImagesInUse DescribeStorageUsage ExplainLifecyclePolicy
  ListLifecycleRuns ReportImagesInUse StartLifecycleRun
`);
const LONGSHORE = words(`
  CreateRegistryToken DeleteRegistryToken DescribeScrub ExplainDecision ListRegistryTokens RevokeSessions
`);

/** By the vendor that stands before the colon. */
export const KNOWN_ACTIONS: Readonly<Record<string, KnownActions>> = {
  ecr: { onRepositories: ECR_REPOSITORY, others: ECR_REGISTRY },
  "ecr-public": { onRepositories: PUBLIC_REPOSITORY, others: PUBLIC_REGISTRY },
  iam: { onRepositories: [], others: IAM },
  sts: { onRepositories: [], others: STS },
  longshore: { onRepositories: LONGSHORE_REPOSITORY, others: LONGSHORE },
};

/** Whole names, such as `ecr:PutImage`, of a vendor's actions; none of a vendor that is not known. */
export function actionsOf(vendor: string): readonly string[] {
  const known = Object.hasOwn(KNOWN_ACTIONS, vendor) ? KNOWN_ACTIONS[vendor] : undefined;
  return [...(known?.onRepositories ?? []), ...(known?.others ?? [])].map((it) => `${vendor}:${it}`);
}

/** Of ECR, what a repository is asked for, and what no resource is. */
export const ECR_ON_REPOSITORIES: readonly string[] = ECR_REPOSITORY.map((it) => `ecr:${it}`);
export const ECR_ON_NOTHING: readonly string[] = ECR_REGISTRY.map((it) => `ecr:${it}`);

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
