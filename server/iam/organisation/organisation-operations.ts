import { RegistryError } from "../../kernel/errors.ts";
import { type Operation, operation } from "../../kernel/operation.ts";
import { enumeration, structure } from "../../kernel/shape.ts";
import { query } from "../../platform/metadata/query.ts";
import { askNothing, askOn, ofPolicyType } from "./asks.ts";
import { attachFullAccessEverywhere, detachEverywhere } from "./attachments.ts";
import { createOrganisation, deleteOrganisation } from "./create-organisation.ts";
import type { OrganisationDeps } from "./deps.ts";
import { organisationOwnArn, targetArn } from "./ids.ts";
import { requireAccount } from "./members.ts";
import {
  findMember,
  findOrganisation,
  type GlobalReader,
  notManager,
  type Organisation,
  requireManager,
  requireMember,
} from "./organisation.ts";
import { type PagingInput, pageOf } from "./paging.ts";
import { CONTROL, POLICY_TYPE, requireControlType } from "./policy-types.ts";
import { PAGING, ROOT_ID } from "./shapes.ts";

interface PolicyTypeInput {
  readonly RootId: string;
  readonly PolicyType: string;
}

const onRoot = (action: string) =>
  ofPolicyType(
    askOn(action, (it: PolicyTypeInput) => [it.RootId]),
    ({ PolicyType }) => PolicyType,
  );

const setControls = query<{ id: string; controls: number }>()((db, p) =>
  db.updateTable("organisations").set({ service_control: p.controls }).where("id", "=", p.id),
);

/** The organisation as a whole, and its one root. */
export function organisationOwnOperations(deps: OrganisationDeps): readonly Operation[] {
  return [...wholeOperations(deps), ...policyTypeOperations(deps)];
}

function wholeOperations(deps: OrganisationDeps): readonly Operation[] {
  const { metadata, clock, account } = deps;
  return [
    operation({
      name: "CreateOrganization",
      errors: ["AlreadyInOrganizationException"],
      // AWS also knows organisations that only share a bill; there are no bills here.
      input: structure({ FeatureSet: enumeration("ALL") }),
      asks: askNothing("CreateOrganization"),
      handle: ({ principal }) =>
        metadata.writeGlobal(async (tx) => {
          if ((await findMember(tx, principal.account)) !== undefined) {
            throw new RegistryError(
              "AlreadyInOrganizationException",
              "The provided account is already a member of an organization.",
            );
          }
          // There is room for one: whoever came first would keep it from the installation's own account.
          if (principal.account !== account || (await findOrganisation(tx)) !== undefined) throw notManager();
          return { Organization: await present(tx, await createOrganisation(tx, account, clock.now())) };
        }),
    }),
    operation({
      name: "DescribeOrganization",
      errors: ["AWSOrganizationsNotInUseException"],
      input: structure({}),
      asks: askNothing("DescribeOrganization"),
      handle: (call) => metadata.readGlobal(async (tx) => ({ Organization: await present(tx, await requireMember(tx, call)) })),
    }),
    operation({
      name: "DeleteOrganization",
      errors: ["AWSOrganizationsNotInUseException", "OrganizationNotEmptyException"],
      input: structure({}),
      asks: askNothing("DeleteOrganization"),
      handle: (call) =>
        metadata.writeGlobal(async (tx) => {
          await deleteOrganisation(tx, await requireManager(tx, call));
          return {};
        }),
    }),
    operation<PagingInput>({
      name: "ListRoots",
      errors: ["AWSOrganizationsNotInUseException"],
      input: structure({ ...PAGING }),
      asks: askNothing("ListRoots"),
      handle: (call, input) =>
        pageOf(deps, call, input, "Roots", {
          scope: ["ListRoots"],
          rows: async (_tx, _after, _limit, organisation) => [organisation],
          keyOf: ({ rootId }) => rootId,
          present: (_tx, organisation) => presentRoot(organisation),
        }),
    }),
  ];
}

function policyTypeOperations({ metadata }: OrganisationDeps): readonly Operation[] {
  return [
    operation<PolicyTypeInput>({
      name: "EnablePolicyType",
      errors: [
        "AWSOrganizationsNotInUseException",
        "PolicyTypeAlreadyEnabledException",
        "PolicyTypeNotAvailableForOrganizationException",
        "RootNotFoundException",
      ],
      input: structure({ "RootId!": ROOT_ID, "PolicyType!": POLICY_TYPE }),
      asks: onRoot("EnablePolicyType"),
      handle: (call, input) =>
        metadata.writeGlobal(async (tx) => {
          const organisation = requireRoot(await requireManager(tx, call), input.RootId);
          requireControlType(input.PolicyType);
          if (organisation.controls) {
            throw new RegistryError("PolicyTypeAlreadyEnabledException", "The specified policy type is already enabled.");
          }
          await tx.run(setControls, { id: organisation.id, controls: 1 });
          await attachFullAccessEverywhere(tx);
          return { Root: presentRoot({ ...organisation, controls: true }) };
        }),
    }),
    operation<PolicyTypeInput>({
      name: "DisablePolicyType",
      errors: ["AWSOrganizationsNotInUseException", "PolicyTypeNotEnabledException", "RootNotFoundException"],
      input: structure({ "RootId!": ROOT_ID, "PolicyType!": POLICY_TYPE }),
      asks: onRoot("DisablePolicyType"),
      handle: (call, input) =>
        metadata.writeGlobal(async (tx) => {
          const organisation = requireRoot(await requireManager(tx, call), input.RootId);
          if (input.PolicyType !== CONTROL || !organisation.controls) throw policyTypeNotEnabled();
          await tx.run(setControls, { id: organisation.id, controls: 0 });
          await detachEverywhere(tx);
          return { Root: presentRoot({ ...organisation, controls: false }) };
        }),
    }),
  ];
}

function policyTypeNotEnabled(): RegistryError {
  return new RegistryError("PolicyTypeNotEnabledException", "This operation can be performed only for enabled policy types.");
}

function requireRoot(organisation: Organisation, id: string): Organisation {
  if (id === organisation.rootId) return organisation;
  throw new RegistryError("RootNotFoundException", "You specified a root that doesn't exist.");
}

async function present(tx: GlobalReader, { id, manager }: Organisation): Promise<object> {
  return {
    Id: id,
    Arn: organisationOwnArn(manager),
    FeatureSet: "ALL",
    MasterAccountArn: targetArn(manager, manager),
    MasterAccountId: manager,
    MasterAccountEmail: (await requireAccount(tx, manager)).email,
    // AWS: not what is in force, which the root tells, but what could be. (API reference, Organization)
    AvailablePolicyTypes: [{ Type: CONTROL, Status: "ENABLED" }],
  };
}

function presentRoot({ manager, rootId, controls }: Organisation): object {
  const PolicyTypes = controls ? [{ Type: CONTROL, Status: "ENABLED" }] : [];
  return { Id: rootId, Arn: targetArn(manager, rootId), Name: "Root", PolicyTypes };
}
