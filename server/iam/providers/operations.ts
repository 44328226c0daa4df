import type { Call } from "../../kernel/call.ts";
import type { Arn } from "../../kernel/names.ts";
import { type Ask, type Operation, operation } from "../../kernel/operation.ts";
import { withRequestTags } from "../../kernel/request-tags.ts";
import { list, type Shape, string, structure } from "../../kernel/shape.ts";
import type { IamDeps } from "../deps.ts";
import { ARN, iamArn, TAGS } from "../shapes.ts";
import { tagOperations } from "../tag-operations.ts";
import { issuerInArn, parseIssuer, providerArn } from "./issuer.ts";
import {
  addClientId,
  createProvider,
  type CreateProviderInput,
  deleteProvider,
  findTaggedProvider,
  getProvider,
  listProviders,
  type ProviderInput,
  removeClientId,
  updateThumbprints,
} from "./oidc-providers.ts";

const CLIENT_ID = string({ min: 1, max: 255 });
const THUMBPRINTS = list(string({ min: 40, max: 40 }));
const PROVIDER = { "OpenIDConnectProviderArn!": ARN };

/** OIDC providers: whose tokens roles may trust. */
export function providerOperations(deps: IamDeps): readonly Operation[] {
  return [
    operation<CreateProviderInput>({
      name: "CreateOpenIDConnectProvider",
      errors: ["EntityAlreadyExistsException", "IamLimitExceededException", "InvalidInputException"],
      input: structure({
        "Url!": string({ min: 1, max: 255 }),
        ClientIDList: list(CLIENT_ID),
        ThumbprintList: THUMBPRINTS,
        Tags: TAGS,
      }),
      asks: ({ Url, Tags }, call) => {
        const resource = providerArn(call, parseIssuer(Url));
        const tagging = Tags === undefined ? [] : [{ action: "iam:TagOpenIDConnectProvider", resource }];
        return withRequestTags([{ action: "iam:CreateOpenIDConnectProvider", resource }, ...tagging], Tags);
      },
      handle: (call, input) => createProvider(deps, call, input),
    }),
    operation<Record<string, never>>({
      name: "ListOpenIDConnectProviders",
      errors: [],
      input: structure({}),
      asks: (_input, call) => [{ action: "iam:ListOpenIDConnectProviders", resource: iamArn(call, "oidc-provider/", "*") }],
      handle: (call) => listProviders(deps, call),
    }),
    onProvider("GetOpenIDConnectProvider", {}, (call, input) => getProvider(deps, call, input)),
    onProvider("DeleteOpenIDConnectProvider", {}, (call, input) => deleteProvider(deps, call, input)),
    onProvider<ProviderInput & { readonly ClientID: string }>(
      "AddClientIDToOpenIDConnectProvider",
      { "ClientID!": CLIENT_ID },
      (call, input) => addClientId(deps, call, input),
      ["IamLimitExceededException"],
    ),
    onProvider<ProviderInput & { readonly ClientID: string }>(
      "RemoveClientIDFromOpenIDConnectProvider",
      { "ClientID!": CLIENT_ID },
      (call, input) => removeClientId(deps, call, input),
    ),
    onProvider<ProviderInput & { readonly ThumbprintList: readonly string[] }>(
      "UpdateOpenIDConnectProviderThumbprint",
      { "ThumbprintList!": THUMBPRINTS },
      (call, input) => updateThumbprints(deps, call, input),
    ),
    ...tagOperations<ProviderInput>(deps, {
      noun: "OpenIDConnectProvider",
      members: PROVIDER,
      asks: askProvider,
      find: findTaggedProvider,
    }),
  ];
}

/** The question about the provider whose ARN an input holds. What cannot be one is refused before anybody is asked about it. */
function askProvider(action: string) {
  return ({ OpenIDConnectProviderArn: arn }: ProviderInput, call: Call): readonly Ask[] => {
    issuerInArn(call, arn);
    return [{ action: `iam:${action}`, resource: arn as Arn }];
  };
}

/** An operation on the provider whose ARN its input holds. */
function onProvider<Input extends ProviderInput>(
  name: string,
  members: Readonly<Record<string, Shape>>,
  handle: (call: Call, input: Input) => Promise<object>,
  errors: Operation["errors"] = [],
): Operation {
  return operation<Input>({
    name,
    errors: [...errors, "InvalidInputException", "NoSuchEntityException"],
    input: structure({ ...PROVIDER, ...members }),
    asks: askProvider(name),
    handle,
  });
}
