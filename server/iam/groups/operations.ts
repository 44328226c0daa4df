import type { Call } from "../../kernel/call.ts";
import { type Operation, operation } from "../../kernel/operation.ts";
import { structure } from "../../kernel/shape.ts";
import type { IamEntityRow } from "../../platform/metadata/iam-schema.ts";
import { attachmentOperations } from "../attachment-operations.ts";
import { deleteConflict, refuseWhilePoliciesRemain } from "../delete-conflicts.ts";
import type { IamDeps, IamWriter } from "../deps.ts";
import { addEntity, findEntity, listEntities, removeEntity, renameEntity } from "../entities.ts";
import { askMove, entityWords } from "../entity-kinds.ts";
import { addMember, removeMember, usersOfGroup } from "../group-members.ts";
import { inlinePolicyOperations } from "../inline-policy-operations.ts";
import { listPage, PAGE, type PageInput } from "../pages.ts";
import { EXISTING_USER_NAME, GROUP_NAME, iamArn, PATH, PATH_PREFIX } from "../shapes.ts";
import { viewGroup } from "../view-group.ts";
import { viewListedUser } from "../view-user.ts";

interface GroupInput {
  readonly GroupName: string;
}

interface CreateGroupInput extends GroupInput {
  readonly Path?: string;
}

interface UpdateGroupInput extends GroupInput {
  readonly NewGroupName?: string;
  readonly NewPath?: string;
}

interface MemberInput extends GroupInput {
  readonly UserName: string;
}

interface ListGroupsInput extends PageInput {
  readonly PathPrefix?: string;
}

const GROUP = entityWords("group");

/** Groups, who is in them, and their policies. */
export function groupOperations(deps: IamDeps): readonly Operation[] {
  return [
    ...ownOperations(deps),
    memberOperation(deps, "AddUserToGroup", ["IamLimitExceededException", "NoSuchEntityException"], addMember),
    memberOperation(deps, "RemoveUserFromGroup", ["NoSuchEntityException"], removeMember),
    ...inlinePolicyOperations(deps, "group"),
    ...attachmentOperations(deps, "group"),
  ];
}

function ownOperations(deps: IamDeps): readonly Operation[] {
  return [
    operation<CreateGroupInput>({
      name: "CreateGroup",
      errors: ["EntityAlreadyExistsException", "IamLimitExceededException"],
      input: structure({ "GroupName!": GROUP_NAME, Path: PATH }),
      asks: ({ GroupName, Path = "/" }, call) => [
        { action: "iam:CreateGroup", resource: iamArn(call, "group", `${Path}${GroupName}`) },
      ],
      handle: (call, input) => createGroup(deps, call, input),
    }),
    operation<GroupInput & PageInput>({
      name: "GetGroup",
      errors: ["NoSuchEntityException"],
      input: structure({ ...GROUP.named, ...PAGE }),
      asks: GROUP.asks("GetGroup"),
      handle: (call, input) => getGroup(deps, call, input),
    }),
    operation<ListGroupsInput>({
      name: "ListGroups",
      errors: [],
      input: structure({ PathPrefix: PATH_PREFIX, ...PAGE }),
      asks: ({ PathPrefix = "/" }, call) => [{ action: "iam:ListGroups", resource: iamArn(call, "group", PathPrefix) }],
      handle: (call, input) => listGroups(deps, call, input),
    }),
    operation<UpdateGroupInput>({
      name: "UpdateGroup",
      errors: ["EntityAlreadyExistsException", "NoSuchEntityException"],
      input: structure({ ...GROUP.named, NewPath: PATH, NewGroupName: GROUP_NAME }),
      asks: ({ GroupName: name, NewGroupName, NewPath: path }, call) =>
        askMove(call, "UpdateGroup", { kind: "group", name }, { name: NewGroupName, path }),
      handle: (call, input) => updateGroup(deps, call, input),
    }),
    operation<GroupInput>({
      name: "DeleteGroup",
      errors: ["DeleteConflictException", "NoSuchEntityException"],
      input: structure(GROUP.named),
      asks: GROUP.asks("DeleteGroup"),
      handle: (call, input) => deleteGroup(deps, call, input),
    }),
  ];
}

type MemberChange = (tx: IamWriter, group: IamEntityRow, user: IamEntityRow) => Promise<void>;

function memberOperation({ metadata }: IamDeps, name: string, errors: Operation["errors"], change: MemberChange): Operation {
  return operation<MemberInput>({
    name,
    errors,
    input: structure({ ...GROUP.named, "UserName!": EXISTING_USER_NAME }),
    asks: GROUP.asks(name),
    handle: (call, input) =>
      metadata.writeGlobal(async (tx) => {
        const group = await GROUP.find(tx, call, input);
        await change(tx, group, await findEntity(tx, call.principal.account, "user", input.UserName));
        return {};
      }),
  });
}

function createGroup({ metadata, clock }: IamDeps, call: Call, input: CreateGroupInput): Promise<object> {
  const { GroupName: name, Path: path = "/" } = input;
  return metadata.writeGlobal(async (tx) => {
    const group = await addEntity(tx, call.principal.account, { kind: "group", name, path }, clock.now());
    return { Group: viewGroup(group) };
  });
}

function getGroup(deps: IamDeps, call: Call, input: GroupInput & PageInput): Promise<object> {
  return deps.metadata.readGlobal(async (tx) => {
    const group = await GROUP.find(tx, call, input);
    const { rows, page } = await listPage(deps, call, input, {
      scope: ["GetGroup", group.id],
      list: (after, limit) => usersOfGroup(tx, group, { after, limit }),
      keyOf: (row) => row.name_folded,
    });
    return { Group: viewGroup(group), Users: rows.map(viewListedUser), ...page };
  });
}

function listGroups(deps: IamDeps, call: Call, input: ListGroupsInput): Promise<object> {
  const { PathPrefix: pathPrefix } = input;
  return deps.metadata.readGlobal(async (tx) => {
    const { rows, page } = await listPage(deps, call, input, {
      scope: ["ListGroups", pathPrefix],
      list: (after, limit) => listEntities(tx, call.principal.account, { kind: "group", pathPrefix, after, limit }),
      keyOf: (row) => row.name_folded,
    });
    return { Groups: rows.map(viewGroup), ...page };
  });
}

function updateGroup({ metadata }: IamDeps, call: Call, input: UpdateGroupInput): Promise<object> {
  return metadata.writeGlobal(async (tx) => {
    const group = await GROUP.find(tx, call, input);
    await renameEntity(tx, group, input.NewGroupName ?? group.name, input.NewPath ?? group.path);
    return {};
  });
}

function deleteGroup({ metadata }: IamDeps, call: Call, input: GroupInput): Promise<object> {
  return metadata.writeGlobal(async (tx) => {
    const group = await GROUP.find(tx, call, input);
    if ((await usersOfGroup(tx, group, { limit: 1 })).length > 0) throw deleteConflict("remove users from group");
    await refuseWhilePoliciesRemain(tx, group);
    await removeEntity(tx, group);
    return {};
  });
}
