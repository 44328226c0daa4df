import type { Operation } from "../kernel/operation.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";

/** Where images are copied to. */
export function replicationOperations(_deps: RepositoryDeps): readonly Operation[] {
  return [];
}
