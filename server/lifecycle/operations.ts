import type { Operation } from "../kernel/operation.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";

/** Lifecycle policies and their previews. */
export function lifecycleOperations(_deps: RepositoryDeps): readonly Operation[] {
  return [];
}
