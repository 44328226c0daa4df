import { type Operation, operation } from "../../kernel/operation.ts";
import { structure } from "../../kernel/shape.ts";
import type { IamDeps } from "../deps.ts";
import { decodeAuthorizationMessage } from "./decode-authorization-message.ts";
import { getAccessKeyInfo } from "./get-access-key-info.ts";
import { getFederationToken } from "./get-federation-token.ts";
import { getSessionToken } from "./get-session-token.ts";

/** STS: who am I, and who may I become? */
export function stsOperations(deps: IamDeps): readonly Operation[] {
  return [
    operation<Record<string, never>>({
      name: "GetCallerIdentity",
      errors: [],
      input: structure({}),
      // AWS: no permission is needed, and none can take it away. (STS API reference, GetCallerIdentity)
      asks: "none",
      handle: async ({ principal }) => ({ UserId: principal.userId, Account: principal.account, Arn: principal.arn }),
    }),
    getSessionToken(deps),
    getFederationToken(deps),
    getAccessKeyInfo(deps),
    decodeAuthorizationMessage(deps),
  ];
}
