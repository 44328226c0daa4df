import type { Operation } from "../../kernel/operation.ts";
import type { RepositoryDeps } from "../deps.ts";

/** Set, Get and DeleteRepositoryPolicy; Put, Get and DeleteRegistryPolicy. */
export function policyOperations(_deps: RepositoryDeps): readonly Operation[] {
  return [];
}
