import type { Call } from "../../kernel/call.ts";
import { PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, POLICY_TEXT_LENGTH_MAX, REGISTRY_TOKEN_LIFETIME_S_MAX } from "../../kernel/limits.ts";
import type { Arn } from "../../kernel/names.ts";
import { type Operation, operation } from "../../kernel/operation.ts";
import { toPage } from "../../kernel/page.ts";
import { integer, long, string, structure } from "../../kernel/shape.ts";
import { openPageToken, sealPageToken } from "../../keys/page-token.ts";
import type { IamDeps } from "../deps.ts";
import { ARN } from "../shapes.ts";
import { bearerArn, createRegistryToken, isTokenName, type RegistryTokenInput } from "./create-registry-token.ts";
import { deleteToken } from "./delete-registry-token.ts";
import { listTokens } from "./list-registry-tokens.ts";

const VALID_S_MIN = 60;
const TOKEN_ID = string({ min: 1, max: 64 });

/** Registry tokens: long-lived passwords for `docker login` that can be taken back. Not AWS's. */
export function registryTokenOperations(deps: IamDeps): readonly Operation[] {
  return [create(deps), list(deps), remove(deps)];
}

function create(deps: IamDeps): Operation {
  return operation<RegistryTokenInput>({
    name: "CreateRegistryToken",
    errors: ["AccessDeniedException", "LimitExceededException", "MalformedPolicyDocumentException", "NoSuchEntityException"],
    input: structure({
      "name!": string({ min: 2, max: 64, pattern: { text: "[\\w+=,.@-]+", matches: isTokenName } }),
      principalArn: ARN,
      validForSeconds: long({ min: VALID_S_MIN, max: REGISTRY_TOKEN_LIFETIME_S_MAX }),
      // It is asked with every request that comes by the token.
      scopePolicy: string({ min: 1, max: POLICY_TEXT_LENGTH_MAX }),
    }),
    asks: ({ principalArn }, { principal }) => [
      { action: "longshore:CreateRegistryToken", resource: principalArn ?? bearerArn(principal) },
    ],
    handle: (call, input) => createRegistryToken(deps, call.principal, input),
  });
}

interface ListInput {
  readonly nextToken?: string;
  readonly maxResults?: number;
}

function list(deps: IamDeps): Operation {
  return operation<ListInput>({
    name: "ListRegistryTokens",
    errors: [],
    input: structure({ nextToken: string({ max: 1_024 }), maxResults: integer({ min: 1, max: PAGE_SIZE_MAX }) }),
    asks: () => [{ action: "longshore:ListRegistryTokens", resource: "*" }],
    handle: async ({ principal: { account } }, { nextToken, maxResults: size = PAGE_SIZE_DEFAULT }) => {
      const scope = JSON.stringify(["ListRegistryTokens", account]);
      const after = openPageToken(deps.sealer, scope, nextToken) ?? "";
      const tokens = await listTokens(deps, account, { after, limit: size + 1 });
      const { items, next } = toPage(tokens, size, (it) => it.tokenId);
      return { registryTokens: items, nextToken: sealPageToken(deps.sealer, scope, next) };
    },
  });
}

function remove(deps: IamDeps): Operation {
  return operation<{ readonly tokenId: string }>({
    name: "DeleteRegistryToken",
    errors: ["NoSuchEntityException"],
    input: structure({ "tokenId!": TOKEN_ID }),
    asks: ({ tokenId }, call) => [{ action: "longshore:DeleteRegistryToken", resource: tokenArn(call, tokenId) }],
    handle: async ({ principal: { account } }, { tokenId }) => {
      await deleteToken(deps, account, tokenId);
      return {};
    },
  });
}

function tokenArn({ principal }: Call, id: string): Arn {
  return `arn:aws:longshore::${principal.account}:registry-token/${id}` as Arn;
}
