import type { Call } from "../kernel/call.ts";
import type { Ask, AskedEntity } from "../kernel/operation.ts";
import type { Shape } from "../kernel/shape.ts";
import type { IamEntityRow } from "../platform/metadata/iam-schema.ts";
import type { IamReader } from "./deps.ts";
import { type EntityKind, findEntity } from "./entities.ts";
import { refuseProtected } from "./protected-roles.ts";
import { EXISTING_USER_NAME, GROUP_NAME, iamArn, ROLE_NAME } from "./shapes.ts";

/** How entities of one kind are named in IAM's operations. */
export interface EntityWords {
  readonly kind: EntityKind;
  /** As in `PutUserPolicy`. */
  readonly noun: "User" | "Group" | "Role";
  /** The member of an input that names one. */
  readonly member: "UserName" | "GroupName" | "RoleName";
  readonly shape: Shape;
}

const ENTITY_WORDS: Readonly<Record<EntityKind, EntityWords>> = {
  user: { kind: "user", noun: "User", member: "UserName", shape: EXISTING_USER_NAME },
  group: { kind: "group", noun: "Group", member: "GroupName", shape: GROUP_NAME },
  role: { kind: "role", noun: "Role", member: "RoleName", shape: ROLE_NAME },
};

/** The name of an entity in an input, whatever its kind. */
export interface EntityInput {
  readonly UserName?: string;
  readonly GroupName?: string;
  readonly RoleName?: string;
}

type NamedEntity = Exclude<AskedEntity, { readonly kind: "access-key" }>;

/** The question whether an action may be done to an entity of the caller's account, which is named without its path. */
export function askEntity(call: Call, action: string, entity: NamedEntity): Ask {
  const { path = "/", name = entity.name } = entity.moved ?? {};
  return { action: `iam:${action}`, resource: iamArn(call, `${entity.kind}${path}`, name), entity };
}

/**
 * The questions about an entity that gets another name or path. IAM: it must be allowed for what it is and for what it becomes.
 * (API reference, UpdateUser)
 */
export function askMove(call: Call, action: string, { kind, name }: NamedEntity, moved: NonNullable<NamedEntity["moved"]>) {
  const ask = askEntity(call, action, { kind, name });
  if (moved.name === undefined && moved.path === undefined) return [ask];
  return [ask, askEntity(call, action, { kind, name, moved })];
}

/** What the operations on entities of one kind have in common. */

export function entityWords(kind: EntityKind) {
  const words = ENTITY_WORDS[kind];
  const nameIn = (input: EntityInput): string => input[words.member] ?? "";
  return {
    ...words,
    nameIn,
    /** The member that names one, for an input's shape. */
    named: { [`${words.member}!`]: words.shape },
    /** The question whether an action may be done to the entity of an input. */
    asks:
      (action: string) =>
      (input: EntityInput, call: Call): readonly Ask[] => [askEntity(call, action, { kind, name: nameIn(input) })],
    /** What changing one can be refused with beside what the change itself can. */
    changeErrors: kind === "role" ? (["UnmodifiableEntityException"] as const) : [],
    /** The entity that an input names, to be changed. Throws UnmodifiableEntityException too. */
    findToChange: async (tx: IamReader, call: Call, input: EntityInput): Promise<IamEntityRow> => {
      const entity = await findEntity(tx, call.principal.account, kind, nameIn(input));
      refuseProtected(entity);
      return entity;
    },
    /** The entity that an input names, in the caller's account. Throws NoSuchEntityException. */
    find: (tx: IamReader, call: Call, input: EntityInput): Promise<IamEntityRow> =>
      findEntity(tx, call.principal.account, kind, nameIn(input)),
  };
}
