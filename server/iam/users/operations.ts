import type { Call } from "../../kernel/call.ts";
import { type Operation, operation } from "../../kernel/operation.ts";
import { withRequestTags } from "../../kernel/request-tags.ts";
import { structure } from "../../kernel/shape.ts";
import { query } from "../../platform/metadata/query.ts";
import { attachmentOperations } from "../attachment-operations.ts";
import { boundaryOperations, withBoundary } from "../boundary-operations.ts";
import type { IamDeps } from "../deps.ts";
import { listEntities, renameEntity } from "../entities.ts";
import { askMove, entityWords } from "../entity-kinds.ts";
import { groupsOfUser } from "../group-members.ts";
import { inlinePolicyOperations } from "../inline-policy-operations.ts";
import { listPage, PAGE, type PageInput } from "../pages.ts";
import { ARN, EXISTING_USER_NAME, iamArn, PATH, PATH_PREFIX, TAGS, USER_NAME } from "../shapes.ts";
import { tagOperations } from "../tag-operations.ts";
import { viewGroup } from "../view-group.ts";
import { accessKeyOperations } from "./access-key-operations.ts";
import { askUserOrCaller, findUserOrRoot, type UserOrCaller } from "./caller.ts";
import { createUser, type CreateUserInput } from "./create-user.ts";
import { deleteUser } from "./delete-user.ts";
import { emptyOperations } from "./empty-operations.ts";
import { viewListedUser, viewUser } from "../view-user.ts";

interface UserInput {
  readonly UserName: string;
}

interface UpdateUserInput extends UserInput {
  readonly NewUserName?: string;
  readonly NewPath?: string;
}

interface ListUsersInput extends PageInput {
  readonly PathPrefix?: string;
}

const accountCreated = query<{ account: string }>()((db, p) =>
  db.selectFrom("accounts").select("created_ms").where("account", "=", p.account),
);

const CREATE_ERRORS = [
  "EntityAlreadyExistsException",
  "IamLimitExceededException",
  "InvalidInputException",
  "NoSuchEntityException",
  "ValidationException",
] as const;

const USER = entityWords("user");

/** Users, their access keys and their policies. */
export function userOperations(deps: IamDeps): readonly Operation[] {
  return [
    ...ownOperations(deps),
    ...accessKeyOperations(deps),
    ...tagOperations<UserInput>(deps, {
      noun: "User",
      members: USER.named,
      asks: USER.asks,
      find: USER.find,
    }),
    ...boundaryOperations(deps, "user"),
    ...inlinePolicyOperations(deps, "user"),
    ...attachmentOperations(deps, "user"),
    ...emptyOperations(deps),
  ];
}

function ownOperations(deps: IamDeps): readonly Operation[] {
  return [
    operation<CreateUserInput>({
      name: "CreateUser",
      errors: CREATE_ERRORS,
      input: structure({ "UserName!": USER_NAME, Path: PATH, PermissionsBoundary: ARN, Tags: TAGS }),
      asks: ({ UserName, Path = "/", PermissionsBoundary, Tags }, call) => {
        const resource = iamArn(call, "user", `${Path}${UserName}`);
        const tagging = Tags === undefined ? [] : [{ action: "iam:TagUser", resource }];
        return withRequestTags([withBoundary({ action: "iam:CreateUser", resource }, PermissionsBoundary), ...tagging], Tags);
      },
      handle: (call, input) => createUser(deps, call, input),
    }),
    operation<UserOrCaller>({
      name: "GetUser",
      errors: ["NoSuchEntityException", "ValidationException"],
      input: structure({ UserName: EXISTING_USER_NAME }),
      asks: askUserOrCaller("GetUser"),
      handle: (call, input) => getUser(deps, call, input),
    }),
    operation<ListUsersInput>({
      name: "ListUsers",
      errors: [],
      input: structure({ PathPrefix: PATH_PREFIX, ...PAGE }),
      asks: ({ PathPrefix = "/" }, call) => [{ action: "iam:ListUsers", resource: iamArn(call, "user", PathPrefix) }],
      handle: (call, input) => listUsers(deps, call, input),
    }),
    operation<UpdateUserInput>({
      name: "UpdateUser",
      errors: ["EntityAlreadyExistsException", "NoSuchEntityException"],
      input: structure({ ...USER.named, NewPath: PATH, NewUserName: USER_NAME }),
      asks: ({ UserName: name, NewUserName, NewPath: path }, call) =>
        askMove(call, "UpdateUser", { kind: "user", name }, { name: NewUserName, path }),
      handle: (call, input) => updateUser(deps, call, input),
    }),
    operation<UserInput>({
      name: "DeleteUser",
      errors: ["DeleteConflictException", "NoSuchEntityException"],
      input: structure(USER.named),
      asks: USER.asks("DeleteUser"),
      handle: (call, { UserName }) => deleteUser(deps, call, UserName),
    }),
    operation<UserInput & PageInput>({
      name: "ListGroupsForUser",
      errors: ["NoSuchEntityException"],
      input: structure({ ...USER.named, ...PAGE }),
      asks: USER.asks("ListGroupsForUser"),
      handle: (call, input) => listGroupsForUser(deps, call, input),
    }),
  ];
}

function getUser({ metadata }: IamDeps, call: Call, input: UserOrCaller): Promise<object> {
  return metadata.readGlobal(async (tx) => {
    const user = await findUserOrRoot(tx, call, input);
    if (user !== undefined) return { User: await viewUser(tx, user) };
    const { account, arn } = call.principal;
    const created_ms = (await tx.first(accountCreated, { account }))?.created_ms ?? 0;
    // IAM: root has neither a name nor a path. (API reference, GetUser)
    return { User: { UserId: account, Arn: arn, CreateDate: new Date(created_ms) } };
  });
}

function listUsers(deps: IamDeps, call: Call, input: ListUsersInput): Promise<object> {
  const { PathPrefix: pathPrefix } = input;
  return deps.metadata.readGlobal(async (tx) => {
    const { rows, page } = await listPage(deps, call, input, {
      scope: ["ListUsers", pathPrefix],
      list: (after, limit) => listEntities(tx, call.principal.account, { kind: "user", pathPrefix, after, limit }),
      keyOf: (row) => row.name_folded,
    });
    return { Users: rows.map(viewListedUser), ...page };
  });
}

function updateUser({ metadata }: IamDeps, call: Call, input: UpdateUserInput): Promise<object> {
  return metadata.writeGlobal(async (tx) => {
    const user = await USER.find(tx, call, input);
    await renameEntity(tx, user, input.NewUserName ?? user.name, input.NewPath ?? user.path);
    return {};
  });
}

function listGroupsForUser(deps: IamDeps, call: Call, input: UserInput & PageInput): Promise<object> {
  return deps.metadata.readGlobal(async (tx) => {
    const user = await USER.find(tx, call, input);
    const { rows, page } = await listPage(deps, call, input, {
      scope: ["ListGroupsForUser", user.id],
      list: (after, limit) => groupsOfUser(tx, user, { after, limit }),
      keyOf: (row) => row.name_folded,
    });
    return { Groups: rows.map(viewGroup), ...page };
  });
}
