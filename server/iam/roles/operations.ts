import type { Call } from "../../kernel/call.ts";
import { type Operation, operation } from "../../kernel/operation.ts";
import { withRequestTags } from "../../kernel/request-tags.ts";
import { integer, structure } from "../../kernel/shape.ts";
import { attachmentOperations } from "../attachment-operations.ts";
import { boundaryOperations, withBoundary } from "../boundary-operations.ts";
import type { IamDeps } from "../deps.ts";
import { listEntities } from "../entities.ts";
import { inlinePolicyOperations } from "../inline-policy-operations.ts";
import { listPage, PAGE, type PageInput } from "../pages.ts";
import { ARN, DESCRIPTION, iamArn, PATH, PATH_PREFIX, POLICY_DOCUMENT, ROLE_NAME, TAGS } from "../shapes.ts";
import { tagOperations } from "../tag-operations.ts";
import {
  deleteRole,
  ROLE,
  type RoleInput,
  updateAssumeRolePolicy,
  updateRole,
  updateRoleDescription,
  type UpdateRoleInput,
} from "./change-role.ts";
import { createRole, type CreateRoleInput } from "./create-role.ts";
import { serviceLinkedRoleOperations } from "./linked-role-operations.ts";
import { viewListedRole, viewRole } from "./view-role.ts";

interface ListRolesInput extends PageInput {
  readonly PathPrefix?: string;
}

/** IAM: RoleMaxSessionDuration. (API model) */
const SESSION_S = integer({ min: 3_600, max: 43_200 });

const CREATE_ERRORS = [
  "EntityAlreadyExistsException",
  "IamLimitExceededException",
  "InvalidInputException",
  "MalformedPolicyDocumentException",
  "NoSuchEntityException",
  "ValidationException",
] as const;

/** Roles, who may assume them, and their policies. */
export function roleOperations(deps: IamDeps): readonly Operation[] {
  return [
    ...ownOperations(deps),
    ...changeOperations(deps),
    ...tagOperations<RoleInput>(deps, {
      noun: "Role",
      members: ROLE.named,
      asks: ROLE.asks,
      find: ROLE.find,
    }),
    ...boundaryOperations(deps, "role"),
    ...inlinePolicyOperations(deps, "role"),
    ...attachmentOperations(deps, "role"),
    ...serviceLinkedRoleOperations(deps),
  ];
}

function ownOperations(deps: IamDeps): readonly Operation[] {
  const { metadata } = deps;
  return [
    operation<CreateRoleInput>({
      name: "CreateRole",
      errors: CREATE_ERRORS,
      input: structure({
        Path: PATH,
        "RoleName!": ROLE_NAME,
        "AssumeRolePolicyDocument!": POLICY_DOCUMENT,
        Description: DESCRIPTION,
        MaxSessionDuration: SESSION_S,
        PermissionsBoundary: ARN,
        Tags: TAGS,
      }),
      asks: ({ RoleName, Path = "/", PermissionsBoundary, Tags }, call) => {
        const resource = iamArn(call, `role${Path}`, RoleName);
        const tagging = Tags === undefined ? [] : [{ action: "iam:TagRole", resource }];
        return withRequestTags([withBoundary({ action: "iam:CreateRole", resource }, PermissionsBoundary), ...tagging], Tags);
      },
      handle: (call, input) => createRole(deps, call, input),
    }),
    operation<RoleInput>({
      name: "GetRole",
      errors: ["NoSuchEntityException"],
      input: structure(ROLE.named),
      asks: ROLE.asks("GetRole"),
      handle: (call, input) =>
        metadata.readGlobal(async (tx) => ({ Role: await viewRole(tx, await ROLE.find(tx, call, input)) })),
    }),
    operation<ListRolesInput>({
      name: "ListRoles",
      errors: [],
      input: structure({ PathPrefix: PATH_PREFIX, ...PAGE }),
      asks: ({ PathPrefix = "/" }, call) => [{ action: "iam:ListRoles", resource: iamArn(call, "role", PathPrefix) }],
      handle: (call, input) => listRoles(deps, call, input),
    }),
    operation<RoleInput & PageInput>({
      name: "ListInstanceProfilesForRole",
      errors: ["NoSuchEntityException"],
      input: structure({ ...ROLE.named, ...PAGE }),
      asks: ROLE.asks("ListInstanceProfilesForRole"),
      // There are no machines here that could have a role. Terraform asks before it deletes one.
      handle: (call, input) =>
        metadata.readGlobal(async (tx) => {
          await ROLE.find(tx, call, input);
          return { InstanceProfiles: [], IsTruncated: false };
        }),
    }),
  ];
}

function changeOperations(deps: IamDeps): readonly Operation[] {
  return [
    operation<UpdateRoleInput>({
      name: "UpdateRole",
      errors: ["NoSuchEntityException", "UnmodifiableEntityException"],
      input: structure({ ...ROLE.named, Description: DESCRIPTION, MaxSessionDuration: SESSION_S }),
      asks: ROLE.asks("UpdateRole"),
      handle: (call, input) => updateRole(deps, call, input),
    }),
    operation<RoleInput & { readonly Description: string }>({
      name: "UpdateRoleDescription",
      errors: ["NoSuchEntityException"],
      input: structure({ ...ROLE.named, "Description!": DESCRIPTION }),
      asks: ROLE.asks("UpdateRoleDescription"),
      handle: (call, input) => updateRoleDescription(deps, call, input),
    }),
    operation<RoleInput & { readonly PolicyDocument: string }>({
      name: "UpdateAssumeRolePolicy",
      errors: [
        "IamLimitExceededException",
        "MalformedPolicyDocumentException",
        "NoSuchEntityException",
        "UnmodifiableEntityException",
      ],
      input: structure({ ...ROLE.named, "PolicyDocument!": POLICY_DOCUMENT }),
      asks: ROLE.asks("UpdateAssumeRolePolicy"),
      handle: (call, input) => updateAssumeRolePolicy(deps, call, input),
    }),
    operation<RoleInput>({
      name: "DeleteRole",
      errors: ["DeleteConflictException", "NoSuchEntityException", "UnmodifiableEntityException"],
      input: structure(ROLE.named),
      asks: ROLE.asks("DeleteRole"),
      handle: (call, input) => deleteRole(deps, call, input),
    }),
  ];
}

function listRoles(deps: IamDeps, call: Call, input: ListRolesInput): Promise<object> {
  const { PathPrefix: pathPrefix } = input;
  return deps.metadata.readGlobal(async (tx) => {
    const { rows, page } = await listPage(deps, call, input, {
      scope: ["ListRoles", pathPrefix],
      list: (after, limit) => listEntities(tx, call.principal.account, { kind: "role", pathPrefix, after, limit }),
      keyOf: (row) => row.name_folded,
    });
    return { Roles: rows.map(viewListedRole), ...page };
  });
}
