import type { Call } from "../../kernel/call.ts";
import { RegistryError } from "../../kernel/errors.ts";
import type { Ask } from "../../kernel/operation.ts";
import type { IamEntityRow } from "../../platform/metadata/iam-schema.ts";
import type { IamReader } from "../deps.ts";
import { findEntity } from "../entities.ts";
import { askEntity } from "../entity-kinds.ts";

/** An input that may name a user; without a name it means the caller. */
export interface UserOrCaller {
  readonly UserName?: string;
}

/** The question whether an action may be done to the user that is meant. */
export function askUserOrCaller(action: string) {
  return ({ UserName }: UserOrCaller, call: Call): readonly Ask[] => [
    UserName === undefined
      ? { action: `iam:${action}`, resource: call.principal.arn }
      : askEntity(call, action, { kind: "user", name: UserName }),
  ];
}

/** The user that is meant, or undefined for root, who is in no table. Throws NoSuchEntityException or ValidationException. */
export async function findUserOrRoot(tx: IamReader, call: Call, { UserName }: UserOrCaller): Promise<IamEntityRow | undefined> {
  const { account, type, userName } = call.principal;
  if (UserName !== undefined) return findEntity(tx, account, "user", UserName);
  if (type === "root") return undefined;
  // IAM: sessions are nobody's own. (messages of GetUser in threads on aws-cli and terraform)
  if (type !== "user" || userName === undefined) {
    throw new RegistryError("ValidationException", "Must specify userName when calling with non-User credentials");
  }
  return findEntity(tx, account, "user", userName);
}
