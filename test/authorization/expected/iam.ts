import { allOn, type Expected } from "./expected.ts";

const on = (resource: string, names: string): Expected => allOn("iam", resource, names);

/** Sources: Service Authorization Reference, IAM; for lists, what IAM says to whom it refuses them. */
export const IAM: Expected = {
  ...on(
    "user/bob",
    `AttachUserPolicy CreateAccessKey DeleteAccessKey DeleteLoginProfile DeleteUser DeleteUserPermissionsBoundary DeleteUserPolicy
    DetachUserPolicy GetLoginProfile GetUser GetUserPolicy ListAccessKeys ListAttachedUserPolicies ListGroupsForUser ListMFADevices
    ListSSHPublicKeys ListServiceSpecificCredentials ListSigningCertificates ListUserPolicies ListUserTags
    PutUserPermissionsBoundary PutUserPolicy TagUser UntagUser UpdateAccessKey`,
  ),
  ...on(
    "group/developers",
    `AddUserToGroup AttachGroupPolicy DeleteGroup DeleteGroupPolicy DetachGroupPolicy GetGroup GetGroupPolicy
    ListAttachedGroupPolicies ListGroupPolicies PutGroupPolicy RemoveUserFromGroup`,
  ),
  ...on(
    "role/deploy",
    `AttachRolePolicy DeleteRole DeleteRolePermissionsBoundary DeleteRolePolicy DeleteServiceLinkedRole DetachRolePolicy GetRole
    GetRolePolicy ListAttachedRolePolicies ListInstanceProfilesForRole ListRolePolicies ListRoleTags PutRolePermissionsBoundary
    PutRolePolicy TagRole UntagRole UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription`,
  ),
  ...on(
    "policy/push",
    `CreatePolicyVersion DeletePolicy DeletePolicyVersion GetPolicy GetPolicyVersion ListEntitiesForPolicy ListPolicyTags
    ListPolicyVersions SetDefaultPolicyVersion TagPolicy UntagPolicy`,
  ),
  ...on(
    "oidc-provider/token.example.com",
    `AddClientIDToOpenIDConnectProvider DeleteOpenIDConnectProvider GetOpenIDConnectProvider ListOpenIDConnectProviderTags
    RemoveClientIDFromOpenIDConnectProvider TagOpenIDConnectProvider UntagOpenIDConnectProvider
    UpdateOpenIDConnectProviderThumbprint`,
  ),
  ...on("oidc-provider/*", "ListOpenIDConnectProviders"),
  ...on("user/team/", "ListUsers"),
  ...on("group/team/", "ListGroups"),
  ...on("role/team/", "ListRoles"),
  ...on("instance-profile/team/", "ListInstanceProfiles"),
  ...on(
    "*",
    `CreateAccountAlias DeleteAccountAlias GetAccountAuthorizationDetails GetAccountPasswordPolicy GetAccountSummary
    GetContextKeysForCustomPolicy ListAccountAliases ListPolicies ListVirtualMFADevices SimulateCustomPolicy`,
  ),
  // On whose policies are looked into.
  ...on("user/bob", "GetContextKeysForPrincipalPolicy SimulatePrincipalPolicy"),
  // On the user who has the key; here nobody has it.
  ...on("user/*", "GetAccessKeyLastUsed"),
  ...on(
    "role/aws-service-role/replication.ecr.amazonaws.com/AWSServiceRoleForECRReplication",
    "CreateServiceLinkedRole GetServiceLinkedRoleDeletionStatus",
  ),
  // What brings tags asks for leave to tag, and what is moved for leave at both places.
  CreateGroup: ["iam:CreateGroup group/team/developers"],
  CreateOpenIDConnectProvider: [
    "iam:CreateOpenIDConnectProvider oidc-provider/token.example.com",
    "iam:TagOpenIDConnectProvider oidc-provider/token.example.com",
  ],
  CreatePolicy: ["iam:CreatePolicy policy/team/push", "iam:TagPolicy policy/team/push"],
  CreateRole: ["iam:CreateRole role/team/deploy", "iam:TagRole role/team/deploy"],
  CreateUser: ["iam:CreateUser user/team/bob", "iam:TagUser user/team/bob"],
  UpdateGroup: ["iam:UpdateGroup group/developers", "iam:UpdateGroup group/people/devs"],
  UpdateUser: ["iam:UpdateUser user/bob", "iam:UpdateUser user/people/rob"],
};
