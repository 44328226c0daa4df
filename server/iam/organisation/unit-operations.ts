import { RegistryError } from "../../kernel/errors.ts";
import { type Operation, operation } from "../../kernel/operation.ts";
import { enumeration, structure } from "../../kernel/shape.ts";
import { andTag, askOn } from "./asks.ts";
import type { OrganisationDeps } from "./deps.ts";
import { typeOfId } from "./ids.ts";
import { listMembersIn } from "./members.ts";
import { findMember, type GlobalReader, requireManager } from "./organisation.ts";
import { type PagingInput, pageOf } from "./paging.ts";
import { CHILD_ID, PAGING, PARENT_ID, TAGS, UNIT_ID, UNIT_NAME } from "./shapes.ts";
import { addTags, type Tag } from "./tags.ts";
import { addUnit, findUnit, listUnits, presentUnit, removeUnit, renameUnit, requireParent, requireUnit } from "./units.ts";

interface UnitInput {
  readonly OrganizationalUnitId: string;
}
interface ParentInput extends PagingInput {
  readonly ParentId: string;
}

const onUnit = (action: string) => askOn(action, (it: UnitInput) => [it.OrganizationalUnitId]);
const onParent = (action: string) => askOn(action, (it: { readonly ParentId: string }) => [it.ParentId]);

/** The tree of units. */
export function unitOperations(deps: OrganisationDeps): readonly Operation[] {
  return [...changingOperations(deps), ...lookingOperations(deps)];
}

function changingOperations({ metadata, clock }: OrganisationDeps): readonly Operation[] {
  return [
    operation<{ readonly ParentId: string; readonly Name: string; readonly Tags?: readonly Tag[] }>({
      name: "CreateOrganizationalUnit",
      errors: [
        "AWSOrganizationsNotInUseException",
        "ConstraintViolationException",
        "DuplicateOrganizationalUnitException",
        "InvalidInputException",
        "ParentNotFoundException",
      ],
      input: structure({ "ParentId!": PARENT_ID, "Name!": UNIT_NAME, Tags: TAGS }),
      asks: andTag(onParent("CreateOrganizationalUnit"), "ou"),
      handle: (call, { ParentId, Name, Tags = [] }) =>
        metadata.writeGlobal(async (tx) => {
          const organisation = await requireManager(tx, call);
          const parent = await requireParent(tx, ParentId);
          const unit = await addUnit(tx, organisation, { parent, name: Name, now_ms: clock.now() });
          await addTags(tx, unit.id, Tags);
          return { OrganizationalUnit: await presentUnit(tx, organisation, unit) };
        }),
    }),
    operation<UnitInput & { readonly Name?: string }>({
      name: "UpdateOrganizationalUnit",
      errors: [
        "AWSOrganizationsNotInUseException",
        "DuplicateOrganizationalUnitException",
        "OrganizationalUnitNotFoundException",
      ],
      input: structure({ "OrganizationalUnitId!": UNIT_ID, Name: UNIT_NAME }),
      asks: onUnit("UpdateOrganizationalUnit"),
      handle: (call, { OrganizationalUnitId, Name }) =>
        metadata.writeGlobal(async (tx) => {
          const organisation = await requireManager(tx, call);
          const unit = await requireUnit(tx, OrganizationalUnitId);
          const renamed = Name === undefined ? unit : await renameUnit(tx, unit, Name);
          return { OrganizationalUnit: await presentUnit(tx, organisation, renamed) };
        }),
    }),
    operation<UnitInput>({
      name: "DeleteOrganizationalUnit",
      errors: ["AWSOrganizationsNotInUseException", "OrganizationalUnitNotEmptyException", "OrganizationalUnitNotFoundException"],
      input: structure({ "OrganizationalUnitId!": UNIT_ID }),
      asks: onUnit("DeleteOrganizationalUnit"),
      handle: (call, { OrganizationalUnitId }) =>
        metadata.writeGlobal(async (tx) => {
          await requireManager(tx, call);
          await removeUnit(tx, await requireUnit(tx, OrganizationalUnitId));
          return {};
        }),
    }),
  ];
}

function lookingOperations(deps: OrganisationDeps): readonly Operation[] {
  return [
    operation<UnitInput>({
      name: "DescribeOrganizationalUnit",
      errors: ["AWSOrganizationsNotInUseException", "OrganizationalUnitNotFoundException"],
      input: structure({ "OrganizationalUnitId!": UNIT_ID }),
      asks: onUnit("DescribeOrganizationalUnit"),
      handle: (call, { OrganizationalUnitId }) =>
        deps.metadata.readGlobal(async (tx) => {
          const organisation = await requireManager(tx, call);
          const unit = await requireUnit(tx, OrganizationalUnitId);
          return { OrganizationalUnit: await presentUnit(tx, organisation, unit) };
        }),
    }),
    operation<ParentInput>({
      name: "ListOrganizationalUnitsForParent",
      errors: ["AWSOrganizationsNotInUseException", "ParentNotFoundException"],
      input: structure({ "ParentId!": PARENT_ID, ...PAGING }),
      asks: onParent("ListOrganizationalUnitsForParent"),
      handle: (call, input) =>
        pageOf(deps, call, input, "OrganizationalUnits", {
          scope: ["ListOrganizationalUnitsForParent", input.ParentId],
          rows: async (tx, after, limit) => listUnits(tx, (await requireParent(tx, input.ParentId)).id, after, limit),
          keyOf: ({ name }) => name,
          present: (tx, unit, organisation) => presentUnit(tx, organisation, unit),
        }),
    }),
    operation<PagingInput & { readonly ChildId: string }>({
      name: "ListParents",
      errors: ["AWSOrganizationsNotInUseException", "ChildNotFoundException"],
      input: structure({ "ChildId!": CHILD_ID, ...PAGING }),
      asks: askOn("ListParents", ({ ChildId }: { readonly ChildId: string }) => [ChildId]),
      handle: (call, input) =>
        pageOf(deps, call, input, "Parents", {
          scope: ["ListParents", input.ChildId],
          rows: async (tx) => [await parentOf(tx, input.ChildId)],
          keyOf: (id) => id,
          present: (_tx, id) => ({ Id: id, Type: typeOfId(id) }),
        }),
    }),
    operation<ParentInput & { readonly ChildType: string }>({
      name: "ListChildren",
      errors: ["AWSOrganizationsNotInUseException", "ParentNotFoundException"],
      input: structure({ "ParentId!": PARENT_ID, "ChildType!": enumeration("ACCOUNT", "ORGANIZATIONAL_UNIT"), ...PAGING }),
      asks: onParent("ListChildren"),
      handle: (call, input) =>
        pageOf(deps, call, input, "Children", {
          scope: ["ListChildren", input.ParentId, input.ChildType],
          rows: (tx, after, limit) => childrenOf(tx, input, after, limit),
          keyOf: ({ key }) => key,
          present: (_tx, { id }) => ({ Id: id, Type: input.ChildType }),
        }),
    }),
  ];
}

/** Throws ChildNotFoundException. */
async function parentOf(tx: GlobalReader, child: string): Promise<string> {
  const parent = child.startsWith("ou-") ? (await findUnit(tx, child))?.parent_id : (await findMember(tx, child))?.unit_id;
  if (typeof parent === "string") return parent;
  throw new RegistryError("ChildNotFoundException", "You specified a child that doesn't exist.");
}

async function childrenOf(
  tx: GlobalReader,
  { ParentId, ChildType }: { readonly ParentId: string; readonly ChildType: string },
  after: string,
  limit: number,
): Promise<readonly { readonly key: string; readonly id: string }[]> {
  const { id } = await requireParent(tx, ParentId);
  if (ChildType === "ACCOUNT") {
    return (await listMembersIn(tx, id, after, limit)).map(({ account }) => ({ key: account, id: account }));
  }
  return (await listUnits(tx, id, after, limit)).map((unit) => ({ key: unit.name, id: unit.id }));
}
