import type { Call } from "../../kernel/call.ts";
import type { IamEntityRow, ManagedPolicyRow } from "../../platform/metadata/iam-schema.ts";
import { listAttachments, viewAttachment } from "../attachments.ts";
import type { IamDeps, IamReader } from "../deps.ts";
import { encodeDocument } from "../document-text.ts";
import { entityArn, listEntities, viewBoundary } from "../entities.ts";
import { groupsOfUser } from "../group-members.ts";
import { listInlinePolicies } from "../inline-policies.ts";
import { awsPolicies, policyVersions } from "../managed-policies.ts";
import { listPage, type PageInput } from "../pages.ts";
import { listOwnPolicies } from "../policies/policy-rows.ts";
import { type PolicyUsage, policyUsages } from "../policies/policy-usage.ts";
import { viewPolicy, viewWholeVersion } from "../policies/policy-view.ts";
import { viewRoleUse } from "../roles/view-role.ts";
import { readTags } from "../tags.ts";
import { viewGroup } from "../view-group.ts";
import { viewListedUser } from "../view-user.ts";

/** What the details are of, in the order in which they are told. */
export const DETAIL_KINDS = ["User", "Group", "Role", "LocalManagedPolicy", "AWSManagedPolicy"] as const;
type DetailKind = (typeof DETAIL_KINDS)[number];

export interface DetailsInput extends PageInput {
  readonly Filter?: readonly DetailKind[];
}

/** A user, a group, a role or a policy. */
type Detailed =
  | { readonly kind: "User" | "Group" | "Role"; readonly row: IamEntityRow }
  | { readonly kind: "LocalManagedPolicy" | "AWSManagedPolicy"; readonly row: ManagedPolicyRow };

const ENTITY_KINDS = { User: "user", Group: "group", Role: "role" } as const;
/** IAM: a page may hold fewer than were asked for. (API reference, MaxItems) Each of these carries all of its policies. */
const DETAILS_PER_PAGE_MAX = 100;

/** Who there is in an account with all of their policies, and the policies, in pages through all of them. */
export function getAuthorizationDetails(deps: IamDeps, call: Call, input: DetailsInput): Promise<object> {
  const { Filter = DETAIL_KINDS, MaxItems = DETAILS_PER_PAGE_MAX } = input;
  const kinds = DETAIL_KINDS.filter((it) => Filter.includes(it));
  return deps.metadata.readGlobal(async (tx) => {
    const usageOf = await policyUsages(tx, call.principal.account);
    const search = { tx, call, usageOf };
    const limited = { ...input, MaxItems: Math.min(MaxItems, DETAILS_PER_PAGE_MAX) };
    const { rows, page } = await listPage(deps, call, limited, {
      scope: ["GetAccountAuthorizationDetails", ...kinds],
      list: (after = "", limit) => listAll(search, kinds, after, limit),
      keyOf: ({ kind, row }) => `${DETAIL_KINDS.indexOf(kind)}${row.name_folded}`,
    });
    const details: Record<DetailKind, object[]> = { User: [], Group: [], Role: [], LocalManagedPolicy: [], AWSManagedPolicy: [] };
    for (const it of rows) details[it.kind].push(await detailOf(tx, it, usageOf));
    return {
      UserDetailList: details.User,
      GroupDetailList: details.Group,
      RoleDetailList: details.Role,
      Policies: [...details.LocalManagedPolicy, ...details.AWSManagedPolicy],
      ...page,
    };
  });
}

interface Search {
  readonly tx: IamReader;
  readonly call: Call;
  readonly usageOf: (arn: string) => PolicyUsage;
}

/** One kind after the other; `after` is the number of a kind and a folded name. */
async function listAll(search: Search, kinds: readonly DetailKind[], after: string, limit: number): Promise<Detailed[]> {
  const begun = after === "" ? -1 : Number(after.charAt(0));
  const found: Detailed[] = [];
  for (const kind of kinds) {
    const number = DETAIL_KINDS.indexOf(kind);
    if (number < begun || found.length === limit) continue;
    const behind = number === begun ? after.slice(1) : "";
    found.push(...(await listKind(search, kind, behind, limit - found.length)));
  }
  return found;
}

async function listKind({ tx, call, usageOf }: Search, kind: DetailKind, after: string, limit: number): Promise<Detailed[]> {
  const { account } = call.principal;
  if (kind === "LocalManagedPolicy") {
    const rows = await listOwnPolicies(tx, account, { pathPrefix: "/", after, limit });
    return rows.map((row) => ({ kind, row }));
  }
  if (kind === "AWSManagedPolicy") {
    // IAM: of AWS's own only those that are used here. (API reference, GetAccountAuthorizationDetails)
    const used = awsPolicies().filter(({ arn, name_folded }) => name_folded > after && isUsed(usageOf(arn)));
    return used.slice(0, limit).map((row) => ({ kind, row }));
  }
  const rows = await listEntities(tx, account, { kind: ENTITY_KINDS[kind], after, limit });
  return rows.map((row) => ({ kind, row }));
}

function isUsed({ attachments, boundaries }: PolicyUsage): boolean {
  return attachments + boundaries > 0;
}

async function detailOf(tx: IamReader, it: Detailed, usageOf: (arn: string) => PolicyUsage): Promise<object> {
  switch (it.kind) {
    case "User":
      return detailOfUser(tx, it.row);
    case "Group":
      return { ...viewGroup(it.row), GroupPolicyList: await ownPolicies(tx, it.row), ...(await attached(tx, it.row)) };
    case "Role":
      return detailOfRole(tx, it.row);
    case "LocalManagedPolicy":
    case "AWSManagedPolicy": {
      const versions = await policyVersions(tx, it.row);
      const PolicyVersionList = versions.map((version) => viewWholeVersion(version, it.row));
      return { ...viewPolicy(it.row, usageOf(it.row.arn)), PolicyVersionList };
    }
  }
}

async function detailOfUser(tx: IamReader, user: IamEntityRow): Promise<object> {
  return {
    ...viewListedUser(user),
    UserPolicyList: await ownPolicies(tx, user),
    GroupList: (await groupsOfUser(tx, user)).map(({ name }) => name),
    ...(await attached(tx, user)),
    PermissionsBoundary: viewBoundary(user),
    Tags: await readTags(tx, user),
  };
}

async function detailOfRole(tx: IamReader, role: IamEntityRow): Promise<object> {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: entityArn(role),
    CreateDate: new Date(role.created_ms),
    AssumeRolePolicyDocument: encodeDocument(role.trust_policy ?? ""),
    InstanceProfileList: [],
    RolePolicyList: await ownPolicies(tx, role),
    ...(await attached(tx, role)),
    PermissionsBoundary: viewBoundary(role),
    Tags: await readTags(tx, role),
    RoleLastUsed: viewRoleUse(role),
  };
}

async function ownPolicies(tx: IamReader, entity: IamEntityRow): Promise<object[]> {
  const rows = await listInlinePolicies(tx, entity);
  return rows.map(({ name, text }) => ({ PolicyName: name, PolicyDocument: encodeDocument(text) }));
}

async function attached(tx: IamReader, entity: IamEntityRow): Promise<object> {
  return { AttachedManagedPolicies: (await listAttachments(tx, entity)).map(viewAttachment) };
}
