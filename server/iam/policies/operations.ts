import { type Operation, operation } from "../../kernel/operation.ts";
import { withRequestTags } from "../../kernel/request-tags.ts";
import { boolean, enumeration, string, structure } from "../../kernel/shape.ts";
import type { Call } from "../../kernel/call.ts";
import type { Arn } from "../../kernel/names.ts";
import type { IamDeps } from "../deps.ts";
import { checkPolicyArn, findPolicy, lookUpPolicy, notAttachable, policyVersions } from "../managed-policies.ts";
import { listPage, PAGE, type PageInput } from "../pages.ts";
import { ARN, iamArn, PATH, POLICY_DOCUMENT, POLICY_NAME, POLICY_PATH, TAGS } from "../shapes.ts";
import { tagOperations } from "../tag-operations.ts";
import { readTags } from "../tags.ts";
import {
  type CreateVersionInput,
  createPolicyVersion,
  deletePolicy,
  deletePolicyVersion,
  type PolicyInput,
  readVersion,
  refuseAws,
  setDefaultPolicyVersion,
  type VersionInput,
} from "./change-policy.ts";
import { createPolicy, type CreatePolicyInput } from "./create-policy.ts";
import { listEntitiesForPolicy, type ListEntitiesInput, listPolicies, type ListPoliciesInput } from "./list-policies.ts";
import { policyUsage } from "./policy-usage.ts";
import { viewPolicy, viewVersion, viewWholeVersion } from "./policy-view.ts";

const PATTERN = "v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?";
const VERSION_ID = string({ pattern: { text: PATTERN, matches: (it) => /^v[1-9][0-9]*(?:\.[A-Za-z0-9-]*)?$/.test(it) } });
const USAGE = enumeration("PermissionsPolicy", "PermissionsBoundary");

/** Asks for an action on the policy that the input names. What cannot be one is refused before anybody is asked about it. */
const askPolicy =
  (action: string) =>
  ({ PolicyArn }: PolicyInput) => {
    checkPolicyArn(PolicyArn);
    return [{ action: `iam:${action}`, resource: PolicyArn as Arn }];
  };

/** Managed policies and their versions. */
export function policyOperations(deps: IamDeps): readonly Operation[] {
  return [
    operation<CreatePolicyInput>({
      name: "CreatePolicy",
      errors: [
        "EntityAlreadyExistsException",
        "IamLimitExceededException",
        "InvalidInputException",
        "MalformedPolicyDocumentException",
      ],
      input: structure({
        "PolicyName!": POLICY_NAME,
        Path: POLICY_PATH,
        "PolicyDocument!": POLICY_DOCUMENT,
        Description: string({ max: 1_000 }),
        Tags: TAGS,
      }),
      asks: ({ PolicyName, Path = "/", Tags }, call) => {
        const resource = iamArn(call, `policy${Path}`, PolicyName);
        const tagging = Tags === undefined ? [] : [{ action: "iam:TagPolicy", resource }];
        return withRequestTags([{ action: "iam:CreatePolicy", resource }, ...tagging], Tags);
      },
      handle: (call, input) => createPolicy(deps, call, input),
    }),
    operation<PolicyInput>({
      name: "DeletePolicy",
      errors: ["DeleteConflictException", "InvalidInputException", "NoSuchEntityException"],
      input: structure({ "PolicyArn!": ARN }),
      asks: askPolicy("DeletePolicy"),
      handle: (call, input) => deletePolicy(deps, call, input),
    }),
    ...versionOperations(deps),
    ...readOperations(deps),
    ...tagOperations<PolicyInput>(deps, {
      noun: "Policy",
      members: { "PolicyArn!": ARN },
      asks: askPolicy,
      find: async (tx, call, { PolicyArn }) => findPolicy(tx, call.principal.account, PolicyArn),
      checkChange: (call, { PolicyArn }, tagged, action) => refuseAws(call, { account: tagged.account, arn: PolicyArn }, action),
    }),
  ];
}

function versionOperations(deps: IamDeps): readonly Operation[] {
  const input = structure({ "PolicyArn!": ARN, "VersionId!": VERSION_ID });
  return [
    operation<CreateVersionInput>({
      name: "CreatePolicyVersion",
      errors: ["IamLimitExceededException", "InvalidInputException", "MalformedPolicyDocumentException", "NoSuchEntityException"],
      input: structure({ "PolicyArn!": ARN, "PolicyDocument!": POLICY_DOCUMENT, SetAsDefault: boolean() }),
      asks: askPolicy("CreatePolicyVersion"),
      handle: (call, it) => createPolicyVersion(deps, call, it),
    }),
    operation<VersionInput>({
      name: "SetDefaultPolicyVersion",
      errors: ["InvalidInputException", "NoSuchEntityException"],
      input,
      asks: askPolicy("SetDefaultPolicyVersion"),
      handle: (call, it) => setDefaultPolicyVersion(deps, call, it),
    }),
    operation<VersionInput>({
      name: "DeletePolicyVersion",
      errors: ["DeleteConflictException", "InvalidInputException", "NoSuchEntityException"],
      input,
      asks: askPolicy("DeletePolicyVersion"),
      handle: (call, it) => deletePolicyVersion(deps, call, it),
    }),
    operation<VersionInput>({
      name: "GetPolicyVersion",
      errors: ["InvalidInputException", "NoSuchEntityException"],
      input,
      asks: askPolicy("GetPolicyVersion"),
      handle: (call, it) =>
        deps.metadata.readGlobal(async (tx) => {
          const { policy, version } = await readVersion(tx, call, it);
          return { PolicyVersion: viewWholeVersion(version, policy) };
        }),
    }),
    operation<PolicyInput & PageInput>({
      name: "ListPolicyVersions",
      errors: ["InvalidInputException", "NoSuchEntityException"],
      input: structure({ "PolicyArn!": ARN, ...PAGE }),
      asks: askPolicy("ListPolicyVersions"),
      handle: (call, it) => listPolicyVersions(deps, call, it),
    }),
  ];
}

function listPolicyVersions(deps: IamDeps, call: Call, input: PolicyInput & PageInput): Promise<object> {
  return deps.metadata.readGlobal(async (tx) => {
    const policy = await lookUpPolicy(tx, call.principal.account, input.PolicyArn);
    if (policy === undefined) throw notAttachable(`Policy ${input.PolicyArn}`);
    const versions = await policyVersions(tx, policy);
    // Newest first: a page goes on behind the version that the last one ended with, or behind where it stood.
    const number = (version: string) => Number(version.slice(1));
    const { rows, page } = await listPage(deps, call, input, {
      scope: ["ListPolicyVersions", policy.id],
      list: async (after, limit) =>
        versions.filter((it) => after === undefined || number(it.version) < number(after)).slice(0, limit),
      keyOf: ({ version }) => version,
    });
    return { Versions: rows.map((it) => viewVersion(it, policy)), ...page };
  });
}

function readOperations(deps: IamDeps): readonly Operation[] {
  return [
    operation<PolicyInput>({
      name: "GetPolicy",
      errors: ["InvalidInputException", "NoSuchEntityException"],
      input: structure({ "PolicyArn!": ARN }),
      asks: askPolicy("GetPolicy"),
      handle: (call, { PolicyArn }) =>
        deps.metadata.readGlobal(async (tx) => {
          const { account } = call.principal;
          const policy = await findPolicy(tx, account, PolicyArn);
          const view = viewPolicy(policy, await policyUsage(tx, account, policy));
          const Description = policy.description === "" ? undefined : policy.description;
          return { Policy: { ...view, Description, Tags: await readTags(tx, policy) } };
        }),
    }),
    operation<ListPoliciesInput>({
      name: "ListPolicies",
      errors: [],
      input: structure({
        Scope: enumeration("All", "AWS", "Local"),
        OnlyAttached: boolean(),
        PathPrefix: POLICY_PATH,
        PolicyUsageFilter: USAGE,
        ...PAGE,
      }),
      asks: () => [{ action: "iam:ListPolicies", resource: "*" }],
      handle: (call, input) => listPolicies(deps, call, input),
    }),
    operation<ListEntitiesInput>({
      name: "ListEntitiesForPolicy",
      errors: ["InvalidInputException", "NoSuchEntityException"],
      input: structure({
        "PolicyArn!": ARN,
        EntityFilter: enumeration("User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"),
        PathPrefix: PATH,
        PolicyUsageFilter: USAGE,
        ...PAGE,
      }),
      asks: askPolicy("ListEntitiesForPolicy"),
      handle: (call, input) => listEntitiesForPolicy(deps, call, input),
    }),
  ];
}
