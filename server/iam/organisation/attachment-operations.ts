import { RegistryError } from "../../kernel/errors.ts";
import { type Operation, operation } from "../../kernel/operation.ts";
import { structure } from "../../kernel/shape.ts";
import { askOn, ofPolicyType } from "./asks.ts";
import { attach, detach, isAttached, policiesOf, targetsOf } from "./attachments.ts";
import type { OrganisationDeps } from "./deps.ts";
import { targetArn, typeOfId } from "./ids.ts";
import { CONTROL_POLICIES_ATTACHED_MAX } from "./limits.ts";
import { findMember, type GlobalReader, type Organisation, requireManager } from "./organisation.ts";
import { type PagingInput, pageOf } from "./paging.ts";
import { presentPolicy, requirePolicy } from "./policies.ts";
import { CONTROL, POLICY_TYPE } from "./policy-types.ts";
import { PAGING, POLICY_ID, TARGET_ID } from "./shapes.ts";
import { findUnit } from "./units.ts";

interface AttachmentInput {
  readonly PolicyId: string;
  readonly TargetId: string;
}
interface ListInput extends PagingInput {
  readonly TargetId: string;
  readonly Filter: string;
}

const onBoth = (action: string) => ofPolicyType(askOn(action, (it: AttachmentInput) => [it.PolicyId, it.TargetId]));

/** What service control policies are attached to. */
export function attachmentOperations(deps: OrganisationDeps): readonly Operation[] {
  return [...changingOperations(deps), ...listingOperations(deps)];
}

function changingOperations({ metadata }: OrganisationDeps): readonly Operation[] {
  return [
    operation<AttachmentInput>({
      name: "AttachPolicy",
      errors: [
        "AWSOrganizationsNotInUseException",
        "ConstraintViolationException",
        "DuplicatePolicyAttachmentException",
        "PolicyNotFoundException",
        "PolicyTypeNotEnabledException",
        "TargetNotFoundException",
      ],
      input: structure({ "PolicyId!": POLICY_ID, "TargetId!": TARGET_ID }),
      asks: onBoth("AttachPolicy"),
      handle: (call, { PolicyId, TargetId }) =>
        metadata.writeGlobal(async (tx) => {
          const organisation = await requireManager(tx, call);
          const at = { policy: (await requirePolicy(tx, PolicyId)).id, target: (await requireTarget(tx, TargetId)).id };
          requireEnabled(organisation);
          if (await isAttached(tx, at)) {
            throw new RegistryError(
              "DuplicatePolicyAttachmentException",
              "The selected policy is already attached to the specified target.",
            );
          }
          await refuseMore(tx, at.target);
          await attach(tx, at);
          return {};
        }),
    }),
    operation<AttachmentInput>({
      name: "DetachPolicy",
      errors: [
        "AWSOrganizationsNotInUseException",
        "ConstraintViolationException",
        "PolicyNotAttachedException",
        "PolicyNotFoundException",
        "TargetNotFoundException",
      ],
      input: structure({ "PolicyId!": POLICY_ID, "TargetId!": TARGET_ID }),
      asks: onBoth("DetachPolicy"),
      handle: (call, { PolicyId, TargetId }) =>
        metadata.writeGlobal(async (tx) => {
          await requireManager(tx, call);
          const at = { policy: (await requirePolicy(tx, PolicyId)).id, target: (await requireTarget(tx, TargetId)).id };
          if (!(await isAttached(tx, at))) {
            throw new RegistryError("PolicyNotAttachedException", "The policy isn't attached to the specified target.");
          }
          await refuseNone(tx, at.target);
          await detach(tx, at);
          return {};
        }),
    }),
  ];
}

function listingOperations(deps: OrganisationDeps): readonly Operation[] {
  return [
    operation<ListInput>({
      name: "ListPoliciesForTarget",
      errors: ["AWSOrganizationsNotInUseException", "TargetNotFoundException"],
      input: structure({ "TargetId!": TARGET_ID, "Filter!": POLICY_TYPE, ...PAGING }),
      asks: ofPolicyType(
        askOn("ListPoliciesForTarget", (it: ListInput) => [it.TargetId]),
        ({ Filter }) => Filter,
      ),
      handle: (call, input) =>
        pageOf(deps, call, input, "Policies", {
          scope: ["ListPoliciesForTarget", input.TargetId, input.Filter],
          rows: async (tx, after, limit) => {
            const { id } = await requireTarget(tx, input.TargetId);
            return input.Filter === CONTROL ? policiesOf(tx, id, after, limit) : [];
          },
          keyOf: (id) => id,
          present: async (tx, id, organisation) => presentPolicy(organisation, await requirePolicy(tx, id)),
        }),
    }),
    operation<PagingInput & { readonly PolicyId: string }>({
      name: "ListTargetsForPolicy",
      errors: ["AWSOrganizationsNotInUseException", "PolicyNotFoundException"],
      input: structure({ "PolicyId!": POLICY_ID, ...PAGING }),
      asks: ofPolicyType(askOn("ListTargetsForPolicy", (it: Pick<AttachmentInput, "PolicyId">) => [it.PolicyId])),
      handle: (call, input) =>
        pageOf(deps, call, input, "Targets", {
          scope: ["ListTargetsForPolicy", input.PolicyId],
          rows: async (tx, after, limit) => targetsOf(tx, (await requirePolicy(tx, input.PolicyId)).id, after, limit),
          keyOf: (id) => id,
          present: async (tx, id, { manager }) => ({
            TargetId: id,
            Arn: targetArn(manager, id),
            Name: (await requireTarget(tx, id)).name,
            Type: typeOfId(id),
          }),
        }),
    }),
  ];
}

/** The root, a unit or an account. Throws TargetNotFoundException. */
async function requireTarget(tx: GlobalReader, id: string): Promise<{ readonly id: string; readonly name: string }> {
  const target = typeOfId(id) === "ACCOUNT" ? await findMember(tx, id) : await findUnit(tx, id);
  if (target !== undefined) return { id, name: target.name };
  throw new RegistryError("TargetNotFoundException", "You specified a target that doesn't exist.");
}

function requireEnabled({ controls }: Organisation): void {
  if (controls) return;
  throw new RegistryError("PolicyTypeNotEnabledException", "This operation can be performed only for enabled policy types.");
}

async function refuseMore(tx: GlobalReader, target: string): Promise<void> {
  const attached = await policiesOf(tx, target, "", CONTROL_POLICIES_ATTACHED_MAX);
  if (attached.length < CONTROL_POLICIES_ATTACHED_MAX) return;
  throw new RegistryError(
    "ConstraintViolationException",
    "You have exceeded the allowed number of policies of this type that can be attached to the specified target.",
    { Reason: "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED" },
  );
}

/** AWS: with none, everything would be denied. (text in hashicorp/terraform-provider-aws#26797) */
async function refuseNone(tx: GlobalReader, target: string): Promise<void> {
  if ((await policiesOf(tx, target, "", 2)).length > 1) return;
  throw new RegistryError(
    "ConstraintViolationException",
    "You cannot remove the last policy attached to the specified target. You must have at least one attached at all times.",
    { Reason: "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED" },
  );
}
