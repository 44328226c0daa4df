import type { Call } from "../../kernel/call.ts";
import { RegistryError } from "../../kernel/errors.ts";
import type { IamDeps } from "../deps.ts";
import { addEntity } from "../entities.ts";
import { checkBoundary } from "../managed-policies.ts";
import { SERVICE_ROLE_PATH } from "../protected-roles.ts";
import { type IamTag, writeTags } from "../tags.ts";
import { readTrust } from "./trust.ts";
import { SESSION_S_DEFAULT, viewNewRole } from "./view-role.ts";

export interface CreateRoleInput {
  readonly Path?: string;
  readonly RoleName: string;
  readonly AssumeRolePolicyDocument: string;
  readonly Description?: string;
  readonly MaxSessionDuration?: number;
  readonly PermissionsBoundary?: string;
  readonly Tags?: readonly IamTag[];
}

/**
 * Makes a role that whom its trust policy names may assume. Throws EntityAlreadyExistsException, MalformedPolicyDocumentException,
 * NoSuchEntityException for a boundary that is not there, InvalidInputException for its path or tags, or IamLimitExceededException.
 */
export function createRole({ metadata, clock }: IamDeps, { principal: { account } }: Call, input: CreateRoleInput) {
  const { RoleName: name, Path: path = "/", PermissionsBoundary: boundary_arn } = input;
  if (path.startsWith(SERVICE_ROLE_PATH)) {
    throw new RegistryError("InvalidInputException", `Roles below ${SERVICE_ROLE_PATH} are made by CreateServiceLinkedRole.`);
  }
  return metadata.writeGlobal(async (tx) => {
    const trust = await readTrust(tx, account, input.AssumeRolePolicyDocument);
    if (boundary_arn !== undefined) await checkBoundary(tx, account, boundary_arn);
    const session_s_max = input.MaxSessionDuration ?? SESSION_S_DEFAULT;
    const entity = { kind: "role", name, path, boundary_arn, description: input.Description, session_s_max, ...trust } as const;
    const role = await addEntity(tx, account, entity, clock.now());
    await writeTags(tx, role, input.Tags);
    return { Role: await viewNewRole(tx, role) };
  });
}
