import { allOn, type Expected } from "./expected.ts";

const on = (resource: string, names: string): Expected => allOn("organizations", resource, names);

/** Sources: Service Authorization Reference, Organizations. */
export const ORGANIZATIONS: Expected = {
  ...on(
    "*",
    `CreateOrganization DeleteOrganization DescribeCreateAccountStatus DescribeOrganization DisableAWSServiceAccess
    EnableAWSServiceAccess ListAWSServiceAccessForOrganization ListAccounts ListCreateAccountStatus ListPolicies ListRoots`,
  ),
  ...on("root/r-abcd", "DisablePolicyType EnablePolicyType"),
  ...on(
    "ou/ou-abcd-12345678",
    `DeleteOrganizationalUnit DescribeOrganizationalUnit ListAccountsForParent ListChildren ListOrganizationalUnitsForParent
    UpdateOrganizationalUnit`,
  ),
  ...on(
    "account/111111111111",
    `CloseAccount DescribeAccount ListParents ListPoliciesForTarget ListTagsForResource RemoveAccountFromOrganization TagResource
    UntagResource`,
  ),
  ...on("policy/service_control_policy/p-12345678", "DeletePolicy DescribePolicy ListTargetsForPolicy UpdatePolicy"),
  AttachPolicy: [
    "organizations:AttachPolicy policy/service_control_policy/p-12345678",
    "organizations:AttachPolicy account/111111111111",
  ],
  DetachPolicy: [
    "organizations:DetachPolicy policy/service_control_policy/p-12345678",
    "organizations:DetachPolicy account/111111111111",
  ],
  MoveAccount: [
    "organizations:MoveAccount account/111111111111",
    "organizations:MoveAccount root/r-abcd",
    "organizations:MoveAccount ou/ou-abcd-12345678",
  ],
  // What brings tags asks for leave to tag what it makes, whatever its id will be.
  CreateAccount: ["organizations:CreateAccount *", "organizations:TagResource account/*"],
  CreateOrganizationalUnit: ["organizations:CreateOrganizationalUnit ou/ou-abcd-12345678", "organizations:TagResource ou/*"],
  CreatePolicy: ["organizations:CreatePolicy *", "organizations:TagResource policy/service_control_policy/*"],
};
