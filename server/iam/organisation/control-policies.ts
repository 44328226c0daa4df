import { policiesOf } from "./attachments.ts";
import type { AccountId, Arn } from "../../kernel/names.ts";
import { CONTROL_POLICIES_ATTACHED_MAX } from "./limits.ts";
import { findMember, findOrganisation, type GlobalReader, type Organisation } from "./organisation.ts";
import { arnOfPolicy, requirePolicy } from "./policies.ts";
import { pathOf, unitsUpTo } from "./units.ts";

/** The organisation as the policies of requests see it. */
export interface Membership {
  /** `aws:PrincipalOrgID`, and `aws:ResourceOrgID` of what the account owns. */
  readonly organisationId: string;
  /** The one value of `aws:PrincipalOrgPaths`: `o-…/r-…/ou-…/`. */
  readonly path: string;
  readonly isManagementAccount: boolean;
  /** Whether the account was closed: nobody of it does anything, and nobody reaches what it has. */
  readonly isClosed: boolean;
  /**
   * The service control policies that reach the account: of the root, of each unit on the way, of the account itself. Undefined
   * while no such policies are in force.
   */
  readonly controls: readonly (readonly ControlPolicy[])[] | undefined;
}

export interface ControlPolicy {
  readonly arn: Arn;
  readonly text: string;
}

/**
 * What an account's organisation means for it, or undefined when it is in none. It stays true until `accessChanges` of the
 * account says another number: every change of an organisation adds to the numbers of all its accounts.
 */
export async function membershipOf(tx: GlobalReader, account: AccountId): Promise<Membership | undefined> {
  const organisation = await findOrganisation(tx);
  const member = organisation && (await findMember(tx, account));
  if (organisation === undefined || member === undefined) return undefined;
  const units = await unitsUpTo(tx, member.unit_id);
  return {
    organisationId: organisation.id,
    path: pathOf(organisation.manager, units),
    isManagementAccount: organisation.manager === account,
    isClosed: member.status !== "ACTIVE",
    controls: organisation.controls
      ? await controlPoliciesOf(tx, organisation, [...units.map((it) => it.id), account])
      : undefined,
  };
}

async function controlPoliciesOf(
  tx: GlobalReader,
  { manager }: Organisation,
  targets: readonly string[],
): Promise<readonly (readonly ControlPolicy[])[]> {
  const levels: (readonly ControlPolicy[])[] = [];
  for (const target of targets) {
    const policies: ControlPolicy[] = [];
    for (const id of await policiesOf(tx, target, "", CONTROL_POLICIES_ATTACHED_MAX)) {
      policies.push({ arn: arnOfPolicy(manager, id), text: (await requirePolicy(tx, id)).text });
    }
    levels.push(policies);
  }
  return levels;
}
