import { type Operation, operation } from "../kernel/operation.ts";
import { type AccountId, parseAccountId } from "../kernel/names.ts";
import { list, type Pattern, string, structure } from "../kernel/shape.ts";
import type { Identity } from "./identity.ts";

const REGISTRY_ID: Pattern = { text: "[0-9]{12}", matches: (value) => parseAccountId(value) !== undefined };

interface GetAuthorizationTokenInput {
  readonly registryIds?: readonly AccountId[];
}

/** What `aws ecr get-login-password` calls. */
export function authorizationTokenOperations({ identity }: { readonly identity: Identity }): readonly Operation[] {
  return [
    operation<GetAuthorizationTokenInput>({
      name: "GetAuthorizationToken",
      errors: [],
      input: structure({ registryIds: list(string({ pattern: REGISTRY_ID }), { min: 1, max: 10 }) }),
      asks: () => [{ action: "ecr:GetAuthorizationToken", resource: "*" }],
      handle: async (call, { registryIds = [call.principal.account] }) => {
        const { region } = call.registry;
        const { password, expires_ms } = identity.issueToken(call.principal, region);
        const authorizationToken = Buffer.from(`AWS:${password}`).toString("base64");
        // ECR: registryIds says which endpoints are named, and narrows nothing. (API reference, GetAuthorizationToken)
        const authorizationData = registryIds.map((account) => ({
          authorizationToken,
          expiresAt: expires_ms / 1000,
          proxyEndpoint: call.naming.registryUrl({ account, region }),
        }));
        return { authorizationData };
      },
    }),
  ];
}
