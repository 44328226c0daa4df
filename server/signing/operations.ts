import type { Operation } from "../kernel/operation.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";

/** What is signed, and with which profile. */
export function signingOperations(_deps: RepositoryDeps): readonly Operation[] {
  return [];
}
