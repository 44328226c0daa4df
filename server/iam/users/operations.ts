import type { Operation } from "../../kernel/operation.ts";
import type { IamDeps } from "../deps.ts";

/** Users, their access keys and their policies. */
export function userOperations(_deps: IamDeps): readonly Operation[] {
  return [];
}
