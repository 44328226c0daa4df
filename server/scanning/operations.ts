import type { Operation } from "../kernel/operation.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";

/** What is scanned, and what was found. */
export function scanningOperations(_deps: RepositoryDeps): readonly Operation[] {
  return [];
}
