import type { Operation } from "../../kernel/operation.ts";
import type { RepositoryDeps } from "../deps.ts";

/** Account settings, and who is left out of pull times. */
export function settingOperations(_deps: RepositoryDeps): readonly Operation[] {
  return [];
}
