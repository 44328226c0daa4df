import type { Call } from "../../kernel/call.ts";
import type { ManagedPolicyRow } from "../../platform/metadata/iam-schema.ts";
import type { IamDeps, IamReader } from "../deps.ts";
import { awsPolicies, lookUpPolicy, notAttachable } from "../managed-policies.ts";
import { listPage, type PageInput } from "../pages.ts";
import { listOwnPolicies } from "./policy-rows.ts";
import { entitiesWith, type PolicyUsage, type PolicyUse, policyUsages } from "./policy-usage.ts";
import { viewPolicy } from "./policy-view.ts";

export interface ListPoliciesInput extends PageInput {
  readonly Scope?: "All" | "AWS" | "Local";
  readonly OnlyAttached?: boolean;
  readonly PathPrefix?: string;
  readonly PolicyUsageFilter?: PolicyUse;
}

export interface ListEntitiesInput extends PageInput {
  readonly PolicyArn: string;
  readonly EntityFilter?: "User" | "Role" | "Group" | "LocalManagedPolicy" | "AWSManagedPolicy";
  readonly PathPrefix?: string;
  readonly PolicyUsageFilter?: PolicyUse;
}

/** Where a policy stands in the list: AWS's before the account's own, each by name. */
const OURS = "1";
const keyOf = ({ account, name_folded }: ManagedPolicyRow) => `${account === "aws" ? "0" : OURS}${name_folded}`;

/**
 * Policies that an account can use. IAM: a page may hold fewer than were asked for although there are more. (API reference,
 * ListPolicies) Ours does where many are left out for how they are used.
 */
export function listPolicies(deps: IamDeps, call: Call, input: ListPoliciesInput): Promise<object> {
  const { Scope = "All", OnlyAttached = false, PathPrefix = "/", PolicyUsageFilter } = input;
  const { account } = call.principal;
  return deps.metadata.readGlobal(async (tx) => {
    const { rows, page } = await listPage(deps, call, input, {
      scope: ["ListPolicies", Scope, OnlyAttached, PathPrefix, PolicyUsageFilter],
      list: (after = "", limit) => candidates(tx, call, { Scope, PathPrefix, after, limit }),
      keyOf,
    });
    const usageOf = await policyUsages(tx, account);
    const used = rows.filter(({ arn }) => isUsed(usageOf(arn), OnlyAttached, PolicyUsageFilter));
    return { Policies: used.map((it) => viewPolicy(it, usageOf(it.arn))), ...page };
  });
}

interface Search {
  readonly Scope: string;
  readonly PathPrefix: string;
  readonly after: string;
  readonly limit: number;
}

async function candidates(tx: IamReader, call: Call, { Scope, PathPrefix, after, limit }: Search): Promise<ManagedPolicyRow[]> {
  const published = Scope === "Local" ? [] : awsPolicies().filter((it) => it.path.startsWith(PathPrefix) && keyOf(it) > after);
  const missing = limit - published.length;
  if (Scope === "AWS" || missing <= 0) return published.slice(0, limit);
  const behind = after.startsWith(OURS) ? after.slice(OURS.length) : "";
  const own = await listOwnPolicies(tx, call.principal.account, { pathPrefix: PathPrefix, after: behind, limit: missing });
  return [...published, ...own];
}

function isUsed({ attachments, boundaries }: PolicyUsage, onlyAttached: boolean, use: PolicyUse | undefined): boolean {
  if (use === "PermissionsBoundary") return boundaries > 0;
  if (use === "PermissionsPolicy") return attachments > 0;
  return !onlyAttached || attachments + boundaries > 0;
}

/** Who has a policy. Throws NoSuchEntityException. */
export function listEntitiesForPolicy(deps: IamDeps, call: Call, input: ListEntitiesInput): Promise<object> {
  const { PolicyArn, EntityFilter, PathPrefix = "/", PolicyUsageFilter } = input;
  const { account } = call.principal;
  return deps.metadata.readGlobal(async (tx) => {
    const policy = await lookUpPolicy(tx, account, PolicyArn);
    if (policy === undefined) throw notAttachable(`Policy ${PolicyArn}`);
    const { rows, page } = await listPage(deps, call, input, {
      scope: ["ListEntitiesForPolicy", policy.id, EntityFilter, PathPrefix, PolicyUsageFilter],
      list: (after = "", limit) =>
        entitiesWith(tx, { account, arn: PolicyArn, path_prefix: PathPrefix, after, limit }, PolicyUsageFilter),
      keyOf: (row) => row.id,
    });
    const of = (kind: "User" | "Group" | "Role") =>
      rows
        .filter((it) => it.kind === kind.toLowerCase() && (EntityFilter === undefined || EntityFilter === kind))
        .map((it) => ({ [`${kind}Name`]: it.name, [`${kind}Id`]: it.id }));
    return { PolicyGroups: of("Group"), PolicyUsers: of("User"), PolicyRoles: of("Role"), ...page };
  });
}
