import { type Operation, operation } from "../../kernel/operation.ts";
import { string, structure } from "../../kernel/shape.ts";
import type { IamDeps } from "../deps.ts";
import { DESCRIPTION, GROUP_NAME, ROLE_NAME } from "../shapes.ts";
import { ROLE, type RoleInput } from "./change-role.ts";
import {
  createServiceLinkedRole,
  type CreateServiceLinkedRoleInput,
  deletedRoleArn,
  deleteServiceLinkedRole,
  getServiceLinkedRoleDeletionStatus,
  serviceRoleArn,
} from "./linked-roles.ts";

/** The roles by which services of AWS act in an account. Nobody but the service changes them. */
export function serviceLinkedRoleOperations(deps: IamDeps): readonly Operation[] {
  return [
    operation<CreateServiceLinkedRoleInput>({
      name: "CreateServiceLinkedRole",
      errors: ["IamLimitExceededException", "InvalidInputException"],
      input: structure({ "AWSServiceName!": GROUP_NAME, Description: DESCRIPTION, CustomSuffix: ROLE_NAME }),
      asks: ({ AWSServiceName }, call) => [
        {
          action: "iam:CreateServiceLinkedRole",
          resource: serviceRoleArn(call, AWSServiceName),
          context: { "iam:awsservicename": [AWSServiceName] },
        },
      ],
      handle: (call, input) => createServiceLinkedRole(deps, call, input),
    }),
    operation<RoleInput>({
      name: "DeleteServiceLinkedRole",
      errors: ["NoSuchEntityException"],
      input: structure(ROLE.named),
      asks: ROLE.asks("DeleteServiceLinkedRole"),
      handle: (call, input) => deleteServiceLinkedRole(deps, call, input),
    }),
    operation<{ readonly DeletionTaskId: string }>({
      name: "GetServiceLinkedRoleDeletionStatus",
      errors: ["NoSuchEntityException"],
      input: structure({ "DeletionTaskId!": string({ min: 1, max: 1_000 }) }),
      asks: ({ DeletionTaskId }, call) => [
        { action: "iam:GetServiceLinkedRoleDeletionStatus", resource: deletedRoleArn(call, DeletionTaskId) },
      ],
      handle: (call, input) => getServiceLinkedRoleDeletionStatus(deps, call, input),
    }),
  ];
}
