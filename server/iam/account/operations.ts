import type { Operation } from "../../kernel/operation.ts";
import type { IamDeps } from "../deps.ts";

/** The account: its alias, its summary, and all that is in it. */
export function accountOperations(_deps: IamDeps): readonly Operation[] {
  return [];
}
