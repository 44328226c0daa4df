import type { Operation } from "../../kernel/operation.ts";
import type { IamDeps } from "../deps.ts";

/** Managed policies and their versions. */
export function policyOperations(_deps: IamDeps): readonly Operation[] {
  return [];
}
