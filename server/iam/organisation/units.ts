import { RegistryError, unreachable } from "../../kernel/errors.ts";
import type { AccountId } from "../../kernel/names.ts";
import type { OrganisationUnitRow } from "../../platform/metadata/iam-schema.ts";
import { query } from "../../platform/metadata/query.ts";
import { attachFullAccess, detachAll } from "./attachments.ts";
import { generateUnitId, organisationArn, organisationIdOf } from "./ids.ts";
import { UNIT_DEPTH_MAX, UNITS_MAX } from "./limits.ts";
import type { GlobalReader, GlobalWriter, Organisation } from "./organisation.ts";
import { removeTags } from "./tags.ts";

const unitById = query<{ id: string }>()((db, p) => db.selectFrom("organisation_units").selectAll().where("id", "=", p.id));
const unitByName = query<{ parent: string; name: string }>()((db, p) =>
  db.selectFrom("organisation_units").selectAll().where("parent_id", "=", p.parent).where("name", "=", p.name),
);
const unitsAfter = query<{ parent: string; after: string; limit: number }>()((db, p) =>
  db
    .selectFrom("organisation_units")
    .selectAll()
    .where("parent_id", "=", p.parent)
    .where("name", ">", p.after)
    .orderBy("name")
    .limit(p.limit),
);
const unitCount = query()((db) => db.selectFrom("organisation_units").select((it) => it.fn.countAll<number>().as("count")));
const accountIn = query<{ unit: string }>()((db, p) =>
  db.selectFrom("organisation_accounts").select("account").where("unit_id", "=", p.unit).limit(1),
);
const insertUnit = query<OrganisationUnitRow>()((db, p) =>
  db.insertInto("organisation_units").values({ id: p.id, parent_id: p.parent_id, name: p.name, created_ms: p.created_ms }),
);
const updateName = query<{ id: string; name: string }>()((db, p) =>
  db.updateTable("organisation_units").set({ name: p.name }).where("id", "=", p.id),
);
const deleteUnitRow = query<{ id: string }>()((db, p) => db.deleteFrom("organisation_units").where("id", "=", p.id));

/** The root or a unit, or undefined. */
export function findUnit(tx: GlobalReader, id: string): Promise<OrganisationUnitRow | undefined> {
  return tx.first(unitById, { id });
}

/** A unit that is not the root. Throws OrganizationalUnitNotFoundException. */
export async function requireUnit(tx: GlobalReader, id: string): Promise<OrganisationUnitRow> {
  const unit = await findUnit(tx, id);
  if (unit !== undefined) return unit;
  throw new RegistryError("OrganizationalUnitNotFoundException", "You specified an organizational unit that doesn't exist.");
}

/** The root or a unit in which something is, or is to be. Throws ParentNotFoundException. */
export async function requireParent(tx: GlobalReader, id: string): Promise<OrganisationUnitRow> {
  const unit = await findUnit(tx, id);
  if (unit !== undefined) return unit;
  throw new RegistryError("ParentNotFoundException", "You specified parent that doesn't exist.");
}

/** The units in another one, or in the root, in the order of their names, from behind the name `after`. */
export function listUnits(tx: GlobalReader, parent: string, after: string, limit: number): Promise<OrganisationUnitRow[]> {
  return tx.all(unitsAfter, { parent, after, limit });
}

/** The unit of this name in another one, or undefined. */
export function findUnitByName(tx: GlobalReader, parent: string, name: string): Promise<OrganisationUnitRow | undefined> {
  return tx.first(unitByName, { parent, name });
}

/** Makes the root of an organisation. */
export async function addRoot(tx: GlobalWriter, id: string, now_ms: number): Promise<void> {
  await tx.run(insertUnit, { id, parent_id: null, name: "Root", created_ms: now_ms });
}

/** Makes a unit in another one. Throws DuplicateOrganizationalUnitException, ConstraintViolationException. */
export async function addUnit(
  tx: GlobalWriter,
  organisation: Organisation,
  { parent, name, now_ms }: { readonly parent: OrganisationUnitRow; readonly name: string; readonly now_ms: number },
): Promise<OrganisationUnitRow> {
  const depth = (await unitsUpTo(tx, parent.id)).length;
  if (depth > UNIT_DEPTH_MAX) {
    throw new RegistryError(
      "ConstraintViolationException",
      "You cannot add an organizational unit to the specified parent because it would exceed the max depth allowed.",
      { Reason: "OU_DEPTH_LIMIT_EXCEEDED" },
    );
  }
  // One row is the root.
  if (((await tx.first(unitCount, {}))?.count ?? 0) > UNITS_MAX) {
    throw new RegistryError("ConstraintViolationException", "You have exceeded the allowed number of organizational units.", {
      Reason: "OU_NUMBER_LIMIT_EXCEEDED",
    });
  }
  if ((await findUnitByName(tx, parent.id, name)) !== undefined) throw duplicateUnit();
  const unit = { id: generateUnitId(organisation.rootId), parent_id: parent.id, name, created_ms: now_ms };
  await tx.run(insertUnit, unit);
  if (organisation.controls) await attachFullAccess(tx, unit.id);
  return unit;
}

/** Throws DuplicateOrganizationalUnitException. */
export async function renameUnit(tx: GlobalWriter, unit: OrganisationUnitRow, name: string): Promise<OrganisationUnitRow> {
  if (unit.parent_id === null) throw unreachable("the root has no name to change");
  const other = await findUnitByName(tx, unit.parent_id, name);
  if (other !== undefined && other.id !== unit.id) throw duplicateUnit();
  await tx.run(updateName, { id: unit.id, name });
  return { ...unit, name };
}

/** Takes away a unit, with what hangs on it. Throws OrganizationalUnitNotEmptyException. */
export async function removeUnit(tx: GlobalWriter, { id }: OrganisationUnitRow): Promise<void> {
  const [units, account] = [await listUnits(tx, id, "", 1), await tx.first(accountIn, { unit: id })];
  if (units.length > 0 || account !== undefined) {
    throw new RegistryError("OrganizationalUnitNotEmptyException", "The specified organizational unit (OU) is not empty.");
  }
  await detachAll(tx, id);
  await removeTags(tx, id);
  await tx.run(deleteUnitRow, { id });
}

/** For the end of the organisation: the root, in which nothing is any more. */
export async function removeRoot(tx: GlobalWriter, id: string): Promise<void> {
  await detachAll(tx, id);
  await removeTags(tx, id);
  await tx.run(deleteUnitRow, { id });
}

/** From the root down to a unit, both included. */
export async function unitsUpTo(tx: GlobalReader, id: string): Promise<readonly OrganisationUnitRow[]> {
  const units: OrganisationUnitRow[] = [];
  for (let at: string | null = id; at !== null; ) {
    const unit: OrganisationUnitRow | undefined = await findUnit(tx, at);
    if (unit === undefined || units.length > UNIT_DEPTH_MAX) throw unreachable(`the unit ${id} hangs on no root`);
    units.unshift(unit);
    at = unit.parent_id;
  }
  return units;
}

/** AWS: the form of `aws:PrincipalOrgPaths`: `o-…/r-…/ou-…/`, with a slash at its end. (IAM User Guide, aws:PrincipalOrgPaths) */
export function pathOf(manager: AccountId, units: readonly OrganisationUnitRow[]): string {
  return `${[organisationIdOf(manager), ...units.map((it) => it.id)].join("/")}/`;
}

/** As Organizations tells of a unit. */
export async function presentUnit(tx: GlobalReader, { manager }: Organisation, unit: OrganisationUnitRow): Promise<object> {
  const Path = pathOf(manager, await unitsUpTo(tx, unit.id));
  return { Id: unit.id, Arn: organisationArn(manager, "ou", unit.id), Name: unit.name, Path };
}

function duplicateUnit(): RegistryError {
  return new RegistryError("DuplicateOrganizationalUnitException", "An OU with the same name already exists.");
}
