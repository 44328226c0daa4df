import type { Operation } from "../kernel/operation.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";

/** Pull-through cache rules. */
export function pullThroughOperations(_deps: RepositoryDeps): readonly Operation[] {
  return [];
}
