import type { Operation } from "../../kernel/operation.ts";
import type { IamDeps } from "../deps.ts";

/** What would be allowed, and why. */
export function simulationOperations(_deps: IamDeps): readonly Operation[] {
  return [];
}
