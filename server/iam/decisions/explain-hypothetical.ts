import type { Metadata } from "../../platform/metadata/metadata.ts";
import type { Authorizer, GuardedResource } from "../../policies/authorizer.ts";
import type { DecisionReport } from "../../policies/decision-report.ts";
import { findRole, parseRoleArn } from "../sessions/find-role.ts";
import { guardOf } from "../sessions/may-assume.ts";
import { hypotheticalCall, type HypotheticalRequest } from "./hypothetical-request.ts";

interface HypotheticalDeps {
  readonly metadata: Metadata;
  readonly authorizer: Authorizer;
}

/** How a request would be decided now, by what is stored. */
export async function explainHypothetical(deps: HypotheticalDeps, request: HypotheticalRequest): Promise<DecisionReport> {
  const { call, ask } = hypotheticalCall(request);
  return deps.authorizer.explain(call, ask, await guardOfRole(deps.metadata, request));
}

const ROLE = /^arn:aws:iam::[0-9]{12}:role\//;

/** Roles are assumed by leave of their own policy; whatever else is done to them is decided without it. */
async function guardOfRole(metadata: Metadata, { action, resource }: HypotheticalRequest): Promise<GuardedResource | undefined> {
  if (!action.toLowerCase().startsWith("sts:") || !ROLE.test(resource)) return undefined;
  const wanted = parseRoleArn(resource);
  return guardOf({ ...wanted, role: await findRole(metadata, wanted) });
}
