import type { Operation } from "../../kernel/operation.ts";
import type { IamDeps } from "../deps.ts";

/** Roles, who may assume them, and their policies. */
export function roleOperations(_deps: IamDeps): readonly Operation[] {
  return [];
}
