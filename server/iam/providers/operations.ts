import type { Operation } from "../../kernel/operation.ts";
import type { IamDeps } from "../deps.ts";

/** OIDC providers. */
export function providerOperations(_deps: IamDeps): readonly Operation[] {
  return [];
}
