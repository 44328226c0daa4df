import { type Operation, operation } from "../kernel/operation.ts";
import { structure } from "../kernel/shape.ts";
import type { IamDeps } from "./deps.ts";
import { encodeDocument } from "./document-text.ts";
import type { EntityKind } from "./entities.ts";
import { type EntityInput, entityWords } from "./entity-kinds.ts";
import { deleteInlinePolicy, findInlinePolicy, listInlinePolicies, putInlinePolicy } from "./inline-policies.ts";
import { listPage, PAGE, type PageInput } from "./pages.ts";
import { POLICY_DOCUMENT, POLICY_NAME } from "./shapes.ts";

interface PolicyInput extends EntityInput {
  readonly PolicyName: string;
}

/** `Put…Policy`, `Get…Policy`, `List…Policies` and `Delete…Policy` of users, groups or roles. */
export function inlinePolicyOperations(deps: IamDeps, kind: EntityKind): readonly Operation[] {
  const { metadata } = deps;
  const { noun, member, named, asks, find, findToChange, changeErrors } = entityWords(kind);
  return [
    operation<PolicyInput & { readonly PolicyDocument: string }>({
      name: `Put${noun}Policy`,
      errors: [...changeErrors, "IamLimitExceededException", "MalformedPolicyDocumentException", "NoSuchEntityException"],
      input: structure({ ...named, "PolicyName!": POLICY_NAME, "PolicyDocument!": POLICY_DOCUMENT }),
      asks: asks(`Put${noun}Policy`),
      handle: (call, input) =>
        metadata.writeGlobal(async (tx) => {
          await putInlinePolicy(tx, await findToChange(tx, call, input), input.PolicyName, input.PolicyDocument);
          return {};
        }),
    }),
    operation<PolicyInput>({
      name: `Get${noun}Policy`,
      errors: ["NoSuchEntityException"],
      input: structure({ ...named, "PolicyName!": POLICY_NAME }),
      asks: asks(`Get${noun}Policy`),
      handle: (call, input) =>
        metadata.readGlobal(async (tx) => {
          const entity = await find(tx, call, input);
          const { name, text } = await findInlinePolicy(tx, entity, input.PolicyName);
          return { [member]: entity.name, PolicyName: name, PolicyDocument: encodeDocument(text) };
        }),
    }),
    operation<EntityInput & PageInput>({
      name: `List${noun}Policies`,
      errors: ["NoSuchEntityException"],
      input: structure({ ...named, ...PAGE }),
      asks: asks(`List${noun}Policies`),
      handle: (call, input) =>
        metadata.readGlobal(async (tx) => {
          const entity = await find(tx, call, input);
          const { rows, page } = await listPage(deps, call, input, {
            scope: [`List${noun}Policies`, entity.id],
            list: (after, limit) => listInlinePolicies(tx, entity, after, limit),
            keyOf: ({ name }) => name,
          });
          return { PolicyNames: rows.map(({ name }) => name), ...page };
        }),
    }),
    operation<PolicyInput>({
      name: `Delete${noun}Policy`,
      errors: [...changeErrors, "NoSuchEntityException"],
      input: structure({ ...named, "PolicyName!": POLICY_NAME }),
      asks: asks(`Delete${noun}Policy`),
      handle: (call, input) =>
        metadata.writeGlobal(async (tx) => {
          await deleteInlinePolicy(tx, await findToChange(tx, call, input), input.PolicyName);
          return {};
        }),
    }),
  ];
}
