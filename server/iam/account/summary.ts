import type { Call } from "../../kernel/call.ts";
import { MANAGED_POLICY_SIZE_MAX, POLICY_VERSIONS_MAX, TRUST_POLICY_LENGTH_MAX } from "../../kernel/limits.ts";
import { query } from "../../platform/metadata/query.ts";
import { ATTACHED_POLICIES_MAX } from "../attachments.ts";
import type { IamDeps } from "../deps.ts";
import { countOf, ENTITY_QUOTAS } from "../entities.ts";
import { GROUPS_PER_USER_MAX } from "../group-members.ts";
import { INLINE_POLICY_SIZES_MAX } from "../inline-policies.ts";
import { ACCESS_KEYS_MAX, accessKeysOf } from "../users/access-key-rows.ts";

const countPolicies = query<{ account: string }>()((db, p) =>
  db
    .selectFrom("managed_policies")
    .select((it) => it.fn.countAll<number>().as("count"))
    .where("account", "=", p.account),
);

const countAttached = query<{ account: string }>()((db, p) =>
  db
    .selectFrom("policy_attachments")
    .select((it) => it.fn.count<number>("policy_arn").distinct().as("count"))
    .where("account", "=", p.account),
);

const countProviders = query<{ account: string }>()((db, p) =>
  db
    .selectFrom("oidc_providers")
    .select((it) => it.fn.countAll<number>().as("count"))
    .where("account", "=", p.account),
);

/** What an account cannot have here. IAM tells of them all the same. (API reference, GetAccountSummary) */
const ABSENT = {
  AccountMFAEnabled: 0,
  AccountSigningCertificatesPresent: 0,
  AccountPasswordPresent: 0,
  InstanceProfiles: 0,
  InstanceProfilesQuota: 1_000,
  MFADevices: 0,
  MFADevicesInUse: 0,
  ServerCertificates: 0,
  ServerCertificatesQuota: 20,
  SigningCertificatesPerUserQuota: 2,
  GlobalEndpointTokenVersion: 1,
};

const QUOTAS = {
  AccessKeysPerUserQuota: ACCESS_KEYS_MAX,
  AssumeRolePolicySizeQuota: TRUST_POLICY_LENGTH_MAX,
  AttachedPoliciesPerGroupQuota: ATTACHED_POLICIES_MAX,
  AttachedPoliciesPerRoleQuota: ATTACHED_POLICIES_MAX,
  AttachedPoliciesPerUserQuota: ATTACHED_POLICIES_MAX,
  GroupPolicySizeQuota: INLINE_POLICY_SIZES_MAX.group,
  GroupsPerUserQuota: GROUPS_PER_USER_MAX,
  GroupsQuota: ENTITY_QUOTAS.group.max,
  PolicySizeQuota: MANAGED_POLICY_SIZE_MAX,
  PolicyVersionsInUseQuota: 10_000,
  RolePolicySizeQuota: INLINE_POLICY_SIZES_MAX.role,
  RolesQuota: ENTITY_QUOTAS.role.max,
  UserPolicySizeQuota: INLINE_POLICY_SIZES_MAX.user,
  UsersQuota: ENTITY_QUOTAS.user.max,
  VersionsPerPolicyQuota: POLICY_VERSIONS_MAX,
};

/** How much of everything an account has, and how much it may have: names and whole numbers. */
export function summarizeAccount({ metadata }: IamDeps, { principal: { account } }: Call): Promise<object> {
  return metadata.readGlobal(async (tx) => {
    const rootKeys = await accessKeysOf(tx, { id: account, account });
    const counts = {
      AccountAccessKeysPresent: rootKeys.length > 0 ? 1 : 0,
      Groups: await countOf(tx, account, "group"),
      Policies: (await tx.first(countPolicies, { account }))?.count ?? 0,
      PolicyVersionsInUse: (await tx.first(countAttached, { account }))?.count ?? 0,
      Providers: (await tx.first(countProviders, { account }))?.count ?? 0,
      Roles: await countOf(tx, account, "role"),
      Users: await countOf(tx, account, "user"),
    };
    return { SummaryMap: new Map<string, number>(Object.entries({ ...counts, ...QUOTAS, ...ABSENT })) };
  });
}
