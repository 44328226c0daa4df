import type { Operation } from "../../kernel/operation.ts";
import type { RepositoryDeps } from "../deps.ts";

/** Repository creation templates. */
export function templateOperations(_deps: RepositoryDeps): readonly Operation[] {
  return [];
}
