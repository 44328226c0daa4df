import { type Operation, operation } from "../../kernel/operation.ts";
import { structure } from "../../kernel/shape.ts";
import type { IamDeps } from "../deps.ts";

/** STS: who am I, and who may I become? */
export function stsOperations(_deps: IamDeps): readonly Operation[] {
  return [
    operation<Record<string, never>>({
      name: "GetCallerIdentity",
      errors: [],
      input: structure({}),
      // AWS: no permission is needed, and none can take it away. (STS API reference, GetCallerIdentity)
      asks: "none",
      handle: async ({ principal }) => ({ UserId: principal.userId, Account: principal.account, Arn: principal.arn }),
    }),
  ];
}
