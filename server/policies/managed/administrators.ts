import { type AwsManagedPolicy, listed } from "./aws-managed-policy.ts";

/**
 * What is given to those who look after accounts and organizations. (AWS Managed Policy Reference Guide; iann0036/iam-dataset
 * of 2026-08-22; PowerUserAccess from zoph-io/MAMIP of 2026-03-07)
 */
export const ADMINISTRATOR_POLICIES: readonly AwsManagedPolicy[] = [
  {
    id: "ANPAIWMBCKSKIEE64ZLYK",
    name: "AdministratorAccess",
    path: "/",
    description: "Provides full access to AWS services and resources.",
    created: "2015-02-06T18:39:46Z",
    updated: "2015-02-06T18:39:46Z",
    version: "v1",
    statements: [{ Action: ["*"] }],
  },
  {
    name: "PowerUserAccess",
    path: "/",
    updated: "2026-02-12T17:59:14Z",
    version: "v12",
    statements: [
      {
        NotAction: ["iam:*", "organizations:*", "account:*"],
      },
      {
        Action: listed(`
          account: GetAccountInformation GetGovCloudAccountInformation GetPrimaryEmail ListRegions
          iam: CreateServiceLinkedRole DeleteServiceLinkedRole ListRoles
          organizations: DescribeEffectivePolicy DescribeOrganization
        `),
      },
    ],
  },
  {
    name: "IAMFullAccess",
    path: "/",
    updated: "2019-06-21T19:40:00Z",
    version: "v2",
    statements: [
      {
        Action: listed(`
          iam: *
          organizations: DescribeAccount DescribeOrganization DescribeOrganizationalUnit DescribePolicy
            ListChildren ListParents ListPoliciesForTarget ListRoots ListPolicies ListTargetsForPolicy
        `),
      },
    ],
  },
  {
    name: "IAMReadOnlyAccess",
    path: "/",
    updated: "2018-01-25T19:11:27Z",
    version: "v4",
    statements: [
      {
        Action: listed(`
          iam: GenerateCredentialReport GenerateServiceLastAccessedDetails Get* List* SimulateCustomPolicy
            SimulatePrincipalPolicy
        `),
      },
    ],
  },
  {
    name: "IAMUserChangePassword",
    path: "/",
    updated: "2026-02-12T17:58:57Z",
    version: "v5",
    statements: [
      {
        Action: ["iam:ChangePassword"],
        Resource: ["arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::*:user/*/${aws:username}"],
      },
      { Action: ["iam:GetAccountPasswordPolicy"] },
    ],
  },
  {
    name: "AWSOrganizationsFullAccess",
    path: "/",
    updated: "2026-02-12T17:59:07Z",
    version: "v9",
    statements: [
      { Sid: "AWSOrganizationsFullAccess", Action: ["organizations:*"] },
      {
        Sid: "AWSOrganizationsFullAccessAccount",
        Action: listed(`
          account: PutAlternateContact DeleteAlternateContact GetAlternateContact GetContactInformation
            PutContactInformation ListRegions EnableRegion DisableRegion PutAccountName GetAccountInformation
        `),
      },
      {
        Sid: "AWSOrganizationsFullAccessCreateSLR",
        Action: ["iam:CreateServiceLinkedRole"],
        Condition: { StringEquals: { "iam:AWSServiceName": "organizations.amazonaws.com" } },
      },
    ],
  },
  {
    name: "AWSOrganizationsReadOnlyAccess",
    path: "/",
    updated: "2024-06-07T21:32:16Z",
    version: "v6",
    statements: [
      { Sid: "AWSOrganizationsReadOnly", Action: ["organizations:Describe*", "organizations:List*"] },
      {
        Sid: "AWSOrganizationsReadOnlyAccount",
        Action: listed(`
          account: GetAlternateContact GetContactInformation ListRegions GetRegionOptStatus GetPrimaryEmail
        `),
      },
    ],
  },
];
