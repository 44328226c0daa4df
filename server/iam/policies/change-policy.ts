import type { Call } from "../../kernel/call.ts";
import { RegistryError } from "../../kernel/errors.ts";
import { POLICY_VERSIONS_MAX } from "../../kernel/limits.ts";
import type { ManagedPolicyRow, PolicyVersionRow } from "../../platform/metadata/iam-schema.ts";
import { noteAccessChange } from "../access-changes.ts";
import type { IamDeps, IamReader, IamWriter } from "../deps.ts";
import { AWS, findPolicy, lookUpPolicy, notAttachable, policyVersions } from "../managed-policies.ts";
import { removeAllTags } from "../tags.ts";
import { checkDocument } from "./create-policy.ts";
import { addVersion, changePolicy, removePolicy, removeVersion } from "./policy-rows.ts";
import { policyUsage } from "./policy-usage.ts";
import { viewVersion } from "./policy-view.ts";

export interface PolicyInput {
  readonly PolicyArn: string;
}

export interface VersionInput extends PolicyInput {
  readonly VersionId: string;
}

export interface CreateVersionInput extends PolicyInput {
  readonly PolicyDocument: string;
  readonly SetAsDefault?: boolean;
}

/** Adds a version to a policy, which comes into force if that is asked for. */
export function createPolicyVersion({ metadata, clock }: IamDeps, call: Call, input: CreateVersionInput): Promise<object> {
  checkDocument(input.PolicyDocument);
  return metadata.writeGlobal(async (tx) => {
    const policy = await findOwnPolicy(tx, call, input, "CreatePolicyVersion");
    if ((await policyVersions(tx, policy)).length >= POLICY_VERSIONS_MAX) {
      const text = `A managed policy can have up to ${POLICY_VERSIONS_MAX} versions. Before you create a new version, you must delete an existing version.`;
      throw new RegistryError("IamLimitExceededException", text);
    }
    const now_ms = clock.now();
    const version = { policy_id: policy.id, version: `v${policy.next_version}`, text: input.PolicyDocument, created_ms: now_ms };
    await addVersion(tx, version);
    const default_version = input.SetAsDefault === true ? version.version : policy.default_version;
    await changePolicy(tx, policy, { default_version, next_version: policy.next_version + 1, updated_ms: now_ms });
    return { PolicyVersion: viewVersion(version, { ...policy, default_version }) };
  });
}

/** Puts another version of a policy in force. */
export function setDefaultPolicyVersion({ metadata, clock }: IamDeps, call: Call, input: VersionInput): Promise<object> {
  return metadata.writeGlobal(async (tx) => {
    const { policy, version } = await findVersion(tx, call, input, "SetDefaultPolicyVersion");
    const change = { default_version: version.version, next_version: policy.next_version, updated_ms: clock.now() };
    await changePolicy(tx, policy, change);
    return {};
  });
}

/** Takes a version away that is not in force. */
export function deletePolicyVersion({ metadata, clock }: IamDeps, call: Call, input: VersionInput): Promise<object> {
  return metadata.writeGlobal(async (tx) => {
    const { policy, version } = await findVersion(tx, call, input, "DeletePolicyVersion");
    if (version.version === policy.default_version) {
      throw new RegistryError("DeleteConflictException", "Cannot delete the default version of a policy.");
    }
    await removeVersion(tx, version);
    await changePolicy(tx, policy, { ...policy, updated_ms: clock.now() });
    return {};
  });
}

/** Takes a policy away that nobody has and that has no other versions. */
export function deletePolicy({ metadata }: IamDeps, call: Call, input: PolicyInput): Promise<object> {
  return metadata.writeGlobal(async (tx) => {
    const { account } = call.principal;
    const policy = await findPolicy(tx, account, input.PolicyArn);
    refuseAws(call, policy, "DeletePolicy");
    const { attachments, boundaries } = await policyUsage(tx, account, policy);
    if (attachments + boundaries > 0) {
      throw new RegistryError("DeleteConflictException", "Cannot delete a policy attached to entities.");
    }
    const [version, ...others] = await policyVersions(tx, policy);
    if (others.length > 0) {
      const text =
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.";
      throw new RegistryError("DeleteConflictException", text);
    }
    if (version !== undefined) await removeVersion(tx, version);
    await removeAllTags(tx, policy);
    await removePolicy(tx, policy);
    await noteAccessChange(tx, account);
    return {};
  });
}

/** A version of a policy. Throws NoSuchEntityException. */
export async function readVersion(
  tx: IamReader,
  call: Call,
  { PolicyArn, VersionId }: VersionInput,
): Promise<{ readonly policy: ManagedPolicyRow; readonly version: PolicyVersionRow }> {
  const policy = await lookUpPolicy(tx, call.principal.account, PolicyArn);
  const versions = policy === undefined ? [] : await policyVersions(tx, policy);
  const version = versions.find((it) => it.version === VersionId);
  if (policy === undefined || version === undefined) throw notAttachable(`Policy ${PolicyArn} version ${VersionId}`);
  return { policy, version };
}

async function findVersion(tx: IamWriter, call: Call, input: VersionInput, action: string): ReturnType<typeof readVersion> {
  const found = await readVersion(tx, call, input);
  refuseAws(call, found.policy, action);
  return found;
}

async function findOwnPolicy(tx: IamReader, call: Call, input: PolicyInput, action: string): Promise<ManagedPolicyRow> {
  const policy = await lookUpPolicy(tx, call.principal.account, input.PolicyArn);
  if (policy === undefined) throw notAttachable(`Policy ${input.PolicyArn}`);
  refuseAws(call, policy, action);
  return policy;
}

/** IAM: what is AWS's nobody may change, whatever their policies say. (localstack/localstack, answers of IAM) */
export function refuseAws(
  { principal }: Call,
  { account, arn }: Pick<ManagedPolicyRow, "account" | "arn">,
  action: string,
): void {
  if (account !== AWS) return;
  const text = `User: ${principal.arn} is not authorized to perform: iam:${action} on resource: policy ${arn}`;
  throw new RegistryError("AccessDeniedException", text);
}
