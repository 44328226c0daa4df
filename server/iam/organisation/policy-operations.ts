import { RegistryError } from "../../kernel/errors.ts";
import { type Operation, operation } from "../../kernel/operation.ts";
import { string, structure } from "../../kernel/shape.ts";
import type { ControlPolicyRow } from "../../platform/metadata/iam-schema.ts";
import { andTag, askNothing, askOn, ofPolicyType } from "./asks.ts";
import { targetsOf } from "./attachments.ts";
import type { OrganisationDeps } from "./deps.ts";
import { generatePolicyId } from "./ids.ts";
import { CONTROL_POLICY_LENGTH_MAX } from "./limits.ts";
import { type GlobalReader, type Organisation, requireManager } from "./organisation.ts";
import { type PagingInput, pageOf } from "./paging.ts";
import { checkControlPolicy } from "./parse-control-policy.ts";
import { addPolicy, changePolicy, FULL_ACCESS, listPolicies, presentPolicy, removePolicy, requirePolicy } from "./policies.ts";
import { CONTROL, POLICY_TYPE, requireControlType } from "./policy-types.ts";
import { PAGING, POLICY_DESCRIPTION, POLICY_ID, POLICY_NAME, TAGS } from "./shapes.ts";
import { addTags, type Tag } from "./tags.ts";

interface PolicyInput {
  readonly PolicyId: string;
}
interface CreateInput {
  readonly Content: string;
  readonly Description: string;
  readonly Name: string;
  readonly Type: string;
  readonly Tags?: readonly Tag[];
}
interface ListInput extends PagingInput {
  readonly Filter: string;
}
type UpdateInput = PolicyInput & Partial<Pick<CreateInput, "Content" | "Description" | "Name">>;

/** A little more than is allowed, so that one that is too long is refused in its own words. */
const CONTENT = string({ min: 1, max: 2 * CONTROL_POLICY_LENGTH_MAX });
const onPolicy = (action: string) => ofPolicyType(askOn(action, (it: PolicyInput) => [it.PolicyId]));

/** Service control policies. */
export function controlPolicyOperations(deps: OrganisationDeps): readonly Operation[] {
  return [...writingOperations(deps), ...otherOperations(deps)];
}

function writingOperations({ metadata }: OrganisationDeps): readonly Operation[] {
  return [
    operation<CreateInput>({
      name: "CreatePolicy",
      errors: [
        "AWSOrganizationsNotInUseException",
        "ConstraintViolationException",
        "DuplicatePolicyException",
        "InvalidInputException",
        "MalformedPolicyDocumentException",
        "PolicyTypeNotAvailableForOrganizationException",
      ],
      input: structure({
        "Content!": CONTENT,
        "Description!": POLICY_DESCRIPTION,
        "Name!": POLICY_NAME,
        "Type!": POLICY_TYPE,
        Tags: TAGS,
      }),
      asks: ofPolicyType(andTag(askNothing("CreatePolicy"), "policy"), ({ Type }: CreateInput) => Type),
      handle: (call, { Content: text, Description: description, Name: name, Type, Tags = [] }) =>
        metadata.writeGlobal(async (tx) => {
          const organisation = await requireManager(tx, call);
          requireControlType(Type);
          checkControlPolicy(text);
          const policy = { id: generatePolicyId(), name, description, text };
          await addPolicy(tx, policy);
          await addTags(tx, policy.id, Tags);
          return presentWhole(organisation, policy);
        }),
    }),
    operation<UpdateInput>({
      name: "UpdatePolicy",
      errors: [
        "AWSOrganizationsNotInUseException",
        "ConstraintViolationException",
        "DuplicatePolicyException",
        "InvalidInputException",
        "MalformedPolicyDocumentException",
        "PolicyNotFoundException",
      ],
      input: structure({ "PolicyId!": POLICY_ID, Content: CONTENT, Description: POLICY_DESCRIPTION, Name: POLICY_NAME }),
      asks: onPolicy("UpdatePolicy"),
      handle: (call, input) =>
        metadata.writeGlobal(async (tx) => {
          const organisation = await requireManager(tx, call);
          const before = await requireOwnPolicy(tx, input.PolicyId);
          const { Content: text = before.text, Description: description = before.description, Name: name = before.name } = input;
          checkControlPolicy(text);
          const policy = { id: before.id, name, description, text };
          await changePolicy(tx, policy);
          return presentWhole(organisation, policy);
        }),
    }),
  ];
}

function otherOperations(deps: OrganisationDeps): readonly Operation[] {
  const { metadata } = deps;
  return [
    operation<PolicyInput>({
      name: "DescribePolicy",
      errors: ["AWSOrganizationsNotInUseException", "PolicyNotFoundException"],
      input: structure({ "PolicyId!": POLICY_ID }),
      asks: onPolicy("DescribePolicy"),
      handle: (call, { PolicyId }) =>
        metadata.readGlobal(async (tx) => {
          const organisation = await requireManager(tx, call);
          return presentWhole(organisation, await requirePolicy(tx, PolicyId));
        }),
    }),
    operation<PolicyInput>({
      name: "DeletePolicy",
      errors: ["AWSOrganizationsNotInUseException", "InvalidInputException", "PolicyInUseException", "PolicyNotFoundException"],
      input: structure({ "PolicyId!": POLICY_ID }),
      asks: onPolicy("DeletePolicy"),
      handle: (call, { PolicyId }) =>
        metadata.writeGlobal(async (tx) => {
          await requireManager(tx, call);
          const { id } = await requireOwnPolicy(tx, PolicyId);
          if ((await targetsOf(tx, id, "", 1)).length > 0) {
            throw new RegistryError(
              "PolicyInUseException",
              "The policy is attached to one or more entities. You must detach it from all roots, OUs, and accounts before performing this operation.",
            );
          }
          await removePolicy(tx, id);
          return {};
        }),
    }),
    operation<ListInput>({
      name: "ListPolicies",
      errors: ["AWSOrganizationsNotInUseException"],
      input: structure({ "Filter!": POLICY_TYPE, ...PAGING }),
      asks: ofPolicyType(askNothing("ListPolicies"), ({ Filter }: ListInput) => Filter),
      handle: (call, input) =>
        pageOf(deps, call, input, "Policies", {
          scope: ["ListPolicies", input.Filter],
          rows: async (tx, after, limit) => (input.Filter === CONTROL ? listPolicies(tx, after, limit) : []),
          keyOf: ({ id }) => id,
          present: (_tx, policy, organisation) => presentPolicy(organisation, policy),
        }),
    }),
  ];
}

/** A policy that is not AWS's. Throws PolicyNotFoundException, InvalidInputException. */
async function requireOwnPolicy(tx: GlobalReader, id: string): Promise<ControlPolicyRow> {
  if (id !== FULL_ACCESS.id) return requirePolicy(tx, id);
  throw new RegistryError("InvalidInputException", "You specified a policy that is managed by AWS and can't be modified.", {
    Reason: "IMMUTABLE_POLICY",
  });
}

function presentWhole(organisation: Organisation, policy: ControlPolicyRow): object {
  return { Policy: { PolicySummary: presentPolicy(organisation, policy), Content: policy.text } };
}
