import type { Principal } from "../kernel/call.ts";
import { RegistryError } from "../kernel/errors.ts";
import type { AccountId, Arn } from "../kernel/names.ts";
import type { Reader, Writer } from "../platform/metadata/metadata.ts";
import { query, startsWith } from "../platform/metadata/query.ts";
import type { IamEntityRow } from "../platform/metadata/iam-schema.ts";
import { noteAccessChange } from "./access-changes.ts";
import { removeAllTags } from "./tags.ts";
import { generateUniqueId } from "./unique-id.ts";

type GlobalReader = Omit<Reader, "registry">;
type GlobalWriter = Omit<Writer, "registry">;

/** What can have policies of its own. */
export type EntityKind = "user" | "group" | "role";

/** IAM: how many of each an account may have. (IAM User Guide, quotas) */
export const ENTITY_QUOTAS: Readonly<Record<EntityKind, { readonly quota: string; readonly max: number }>> = {
  user: { quota: "UsersPerAccount", max: 5_000 },
  group: { quota: "GroupsPerAccount", max: 300 },
  role: { quota: "RolesPerAccount", max: 1_000 },
};

interface Named {
  readonly account: string;
  readonly kind: string;
  readonly name_folded: string;
}

const entityByName = query<Named>()((db, p) =>
  db
    .selectFrom("iam_entities")
    .selectAll()
    .where("account", "=", p.account)
    .where("kind", "=", p.kind)
    .where("name_folded", "=", p.name_folded),
);

const entitiesAfter = query<{ account: string; kind: string; path_prefix: string; after: string; limit: number }>()((db, p) =>
  db
    .selectFrom("iam_entities")
    .selectAll()
    .where("account", "=", p.account)
    .where("kind", "=", p.kind)
    .where("name_folded", ">", p.after)
    .where(startsWith("path", p.path_prefix))
    .orderBy("name_folded")
    .limit(p.limit),
);

const insertEntity = query<IamEntityRow>()((db, p) =>
  db
    .insertInto("iam_entities")
    .values({
      id: p.id,
      account: p.account,
      kind: p.kind,
      name: p.name,
      name_folded: p.name_folded,
      path: p.path,
      created_ms: p.created_ms,
      boundary_arn: p.boundary_arn,
      trust_policy: p.trust_policy,
      trust_ids: p.trust_ids,
      description: p.description,
      session_s_max: p.session_s_max,
      sessions_valid_from_ms: p.sessions_valid_from_ms,
      last_used_ms: p.last_used_ms,
      last_used_region: p.last_used_region,
    })
    .onConflict((it) => it.columns(["account", "kind", "name_folded"]).doNothing()),
);

const countEntities = query<{ account: string; kind: string }>()((db, p) =>
  db
    .selectFrom("iam_entities")
    .select((it) => it.fn.countAll<number>().as("count"))
    .where("account", "=", p.account)
    .where("kind", "=", p.kind),
);

const renameRow = query<{ id: string; name: string; name_folded: string; path: string }>()((db, p) =>
  db.updateTable("iam_entities").set({ name: p.name, name_folded: p.name_folded, path: p.path }).where("id", "=", p.id),
);

const setBoundaryRow = query<{ id: string; boundary_arn: string | null }>()((db, p) =>
  db.updateTable("iam_entities").set({ boundary_arn: p.boundary_arn }).where("id", "=", p.id),
);

const setSessionsFrom = query<{ id: string; from_ms: number }>()((db, p) =>
  db.updateTable("iam_entities").set({ sessions_valid_from_ms: p.from_ms }).where("id", "=", p.id),
);

const sessionsFrom = query<{ account: string; id: string }>()((db, p) =>
  db.selectFrom("iam_entities").select("sessions_valid_from_ms").where("account", "=", p.account).where("id", "=", p.id),
);

const deleteTokens = query<{ id: string }>()((db, p) => db.deleteFrom("registry_tokens").where("principal_id", "=", p.id));

const deleteEntityRow = query<{ id: string }>()((db, p) => db.deleteFrom("iam_entities").where("id", "=", p.id));

/** What is said of a new entity; the rest begins empty. */
export interface NewEntity {
  readonly kind: EntityKind;
  readonly name: string;
  readonly path: string;
  readonly boundary_arn?: string | undefined;
  readonly trust_policy?: string | undefined;
  readonly trust_ids?: string | undefined;
  readonly description?: string | undefined;
  readonly session_s_max?: number | undefined;
}

/** The user, group or role of this name, whatever its case; undefined when there is none. */
export function lookUpEntity(
  tx: GlobalReader,
  account: AccountId,
  kind: EntityKind,
  name: string,
): Promise<IamEntityRow | undefined> {
  return tx.first(entityByName, { account, kind, name_folded: foldName(name) });
}

/** The same, but throws NoSuchEntityException where there is none. */
export async function findEntity(tx: GlobalReader, account: AccountId, kind: EntityKind, name: string): Promise<IamEntityRow> {
  const row = await lookUpEntity(tx, account, kind, name);
  if (row === undefined) throw new RegistryError("NoSuchEntityException", `The ${kind} with name ${name} cannot be found.`);
  return row;
}

/** The user or role of an account that has exactly this ARN, path and case too. Throws NoSuchEntityException. */
export async function findByArn(tx: GlobalReader, account: AccountId, arn: Arn): Promise<IamEntityRow> {
  const [kind = "", ...steps] = arn.split(":").slice(5).join(":").split("/");
  const row = kind === "user" || kind === "role" ? await lookUpEntity(tx, account, kind, steps.at(-1) ?? "") : undefined;
  if (row !== undefined && entityArn(row) === arn) return row;
  throw new RegistryError("NoSuchEntityException", `There is no user or role ${arn} in this account.`);
}

/** Users, groups or roles of an account below a path in the order of their names, from behind the folded name `after`. */
export function listEntities(
  tx: GlobalReader,
  account: AccountId,
  {
    kind,
    pathPrefix = "/",
    after = "",
    limit,
  }: {
    readonly kind: EntityKind;
    readonly pathPrefix?: string | undefined;
    readonly after?: string | undefined;
    readonly limit: number;
  },
): Promise<IamEntityRow[]> {
  return tx.all(entitiesAfter, { account, kind, path_prefix: pathPrefix, after, limit });
}

/** How many users, groups or roles an account has. */
export async function countOf(tx: GlobalReader, account: AccountId, kind: EntityKind): Promise<number> {
  return (await tx.first(countEntities, { account, kind }))?.count ?? 0;
}

/** Makes a user, group or role. Throws EntityAlreadyExistsException or IamLimitExceededException. */
export async function addEntity(tx: GlobalWriter, account: AccountId, entity: NewEntity, now_ms: number): Promise<IamEntityRow> {
  const row: IamEntityRow = {
    id: generateUniqueId(entity.kind),
    account,
    kind: entity.kind,
    name: entity.name,
    name_folded: foldName(entity.name),
    path: entity.path,
    created_ms: now_ms,
    boundary_arn: entity.boundary_arn ?? null,
    trust_policy: entity.trust_policy ?? null,
    trust_ids: entity.trust_ids ?? null,
    description: entity.description ?? null,
    session_s_max: entity.session_s_max ?? null,
    sessions_valid_from_ms: 0,
    last_used_ms: null,
    last_used_region: null,
  };
  if ((await tx.run(insertEntity, row)) === 0) throw alreadyExists(entity.kind, entity.name);
  const { quota, max } = ENTITY_QUOTAS[entity.kind];
  if ((await countOf(tx, account, entity.kind)) > max) {
    throw new RegistryError("IamLimitExceededException", `Cannot exceed quota for ${quota}: ${max}`);
  }
  await noteAccessChange(tx, account);
  return row;
}

/** Gives an entity another name or path; its unique id, and so what it may do, stays. Throws EntityAlreadyExistsException. */
export async function renameEntity(tx: GlobalWriter, entity: IamEntityRow, name: string, path: string): Promise<void> {
  const { id, account, kind } = entity;
  const name_folded = foldName(name);
  const other = await tx.first(entityByName, { account, kind, name_folded });
  if (other !== undefined && other.id !== id) throw alreadyExists(kind, name);
  await tx.run(renameRow, { id, name, name_folded, path });
  await noteAccessChange(tx, account as AccountId);
}

/** Says which policy bounds what a user or a role may do; null for none. */
export async function setBoundary(tx: GlobalWriter, { id, account }: IamEntityRow, boundary_arn: string | null): Promise<void> {
  await tx.run(setBoundaryRow, { id, boundary_arn });
  await noteAccessChange(tx, account as AccountId);
}

/**
 * Ends every session of a user or a role that has begun, and a role's registry tokens, which are sessions of it. Returns from when
 * on sessions are good, which is after every moment at which one of them can have begun, and how many tokens are gone.
 */
export async function endSessions(
  tx: GlobalWriter,
  { id, account, kind, sessions_valid_from_ms }: IamEntityRow,
  now_ms: number,
): Promise<{ readonly from_ms: number; readonly tokenCount: number }> {
  const from_ms = Math.max(now_ms, sessions_valid_from_ms) + 1;
  await tx.run(setSessionsFrom, { id, from_ms });
  const tokenCount = kind === "role" ? await tx.run(deleteTokens, { id }) : 0;
  await noteAccessChange(tx, account as AccountId);
  return { from_ms, tokenCount };
}

/** From when on sessions of a principal are good, in ms since 1970. Those of root end with its access key alone: 0. */
export async function sessionsValidFrom(
  tx: GlobalReader,
  { account, entityId: id }: Pick<Principal, "account" | "entityId">,
): Promise<number> {
  return (await tx.first(sessionsFrom, { account, id }))?.sessions_valid_from_ms ?? 0;
}

/** Takes an entity away, with its tags and registry tokens; what else belongs to it must be gone before. */
export async function removeEntity(tx: GlobalWriter, { id, account }: IamEntityRow): Promise<void> {
  await removeAllTags(tx, { id, account });
  await tx.run(deleteTokens, { id });
  await tx.run(deleteEntityRow, { id });
  await noteAccessChange(tx, account as AccountId);
}

/** `arn:aws:iam::<account>:user/<path><name>`. */
export function entityArn({ account, kind, path, name }: Pick<IamEntityRow, "account" | "kind" | "path" | "name">): Arn {
  return `arn:aws:iam::${account}:${kind}${path}${name}` as Arn;
}

/** IAM's form of the boundary of a user or a role. */
export function viewBoundary({ boundary_arn }: IamEntityRow) {
  if (boundary_arn === null) return undefined;
  // IAM: not what its model says. (localstack/localstack, answers of IAM)
  return { PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: boundary_arn };
}

function alreadyExists(kind: string, name: string): RegistryError {
  const title = `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
  return new RegistryError("EntityAlreadyExistsException", `${title} with name ${name} already exists.`);
}

/** IAM: names are unique whatever their case. (IAM User Guide, names) */
export function foldName(name: string): string {
  return name.toLowerCase();
}
