import type { Call } from "../../kernel/call.ts";
import { checkBoundary } from "../managed-policies.ts";
import type { IamDeps } from "../deps.ts";
import { addEntity } from "../entities.ts";
import { type IamTag, writeTags } from "../tags.ts";
import { viewUser } from "../view-user.ts";

export interface CreateUserInput {
  readonly UserName: string;
  readonly Path?: string;
  readonly PermissionsBoundary?: string;
  readonly Tags?: readonly IamTag[];
}

/**
 * Makes a user, who has no credentials and may do nothing. Throws EntityAlreadyExistsException, NoSuchEntityException for a
 * boundary that is not there, InvalidInputException for its tags, or IamLimitExceededException.
 */
export function createUser({ metadata, clock }: IamDeps, { principal: { account } }: Call, input: CreateUserInput) {
  const { UserName: name, Path: path = "/", PermissionsBoundary: boundary_arn, Tags } = input;
  return metadata.writeGlobal(async (tx) => {
    if (boundary_arn !== undefined) await checkBoundary(tx, account, boundary_arn);
    const user = await addEntity(tx, account, { kind: "user", name, path, boundary_arn }, clock.now());
    await writeTags(tx, user, Tags);
    return { User: await viewUser(tx, user) };
  });
}
