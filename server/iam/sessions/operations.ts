import { RegistryError } from "../../kernel/errors.ts";
import { type Operation, operation, type UnsignedOperation, unsignedOperation } from "../../kernel/operation.ts";
import { structure } from "../../kernel/shape.ts";
import type { Egress } from "../../platform/egress/egress.ts";
import type { Authorizer } from "../../policies/authorizer.ts";
import type { DenialRecorder } from "../../policies/denials/record-denials.ts";
import type { IamDeps } from "../deps.ts";
import { assumeRole } from "./assume-role.ts";
import { assumeRoleWithWebIdentity } from "./assume-role-with-web-identity.ts";
import { decodeAuthorizationMessage } from "./decode-authorization-message.ts";
import { getAccessKeyInfo } from "./get-access-key-info.ts";
import { getFederationToken } from "./get-federation-token.ts";
import { getSessionToken } from "./get-session-token.ts";

export interface StsDeps extends IamDeps {
  readonly egress: Egress;
  readonly authorizer: Authorizer;
  readonly denials: Pick<DenialRecorder, "note" | "flush">;
}

/** STS: who am I, and who may I become? */
export function stsOperations(deps: StsDeps): readonly Operation[] {
  return [
    operation<Record<string, never>>({
      name: "GetCallerIdentity",
      errors: [],
      input: structure({}),
      // AWS: no permission is needed, and none can take it away. (STS API reference, GetCallerIdentity)
      asks: "none",
      handle: async ({ principal }) => ({ UserId: principal.userId, Account: principal.account, Arn: principal.arn }),
    }),
    assumeRole(deps),
    getSessionToken(deps),
    getFederationToken(deps),
    getAccessKeyInfo(deps),
    decodeAuthorizationMessage(deps),
  ];
}

/** STS for whoever has no credentials yet. */
export function unsignedStsOperations(deps: StsDeps): readonly UnsignedOperation[] {
  return [assumeRoleWithWebIdentity(deps), assumeRoleWithSaml];
}

/** There is no SAML here. Its clients do not sign, and would hear that a signature is missing. */
const assumeRoleWithSaml = unsignedOperation<Record<string, never>>({
  name: "AssumeRoleWithSAML",
  errors: ["UnknownOperationException"],
  input: structure({}),
  handle: async () => {
    throw new RegistryError("UnknownOperationException", "Could not find operation AssumeRoleWithSAML for version 2011-06-15");
  },
});
