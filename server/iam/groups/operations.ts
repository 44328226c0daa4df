import type { Operation } from "../../kernel/operation.ts";
import type { IamDeps } from "../deps.ts";

/** Groups, who is in them, and their policies. */
export function groupOperations(_deps: IamDeps): readonly Operation[] {
  return [];
}
