import type { Call } from "../../kernel/call.ts";
import { RegistryError } from "../../kernel/errors.ts";
import { OIDC_CLIENTS_MAX, OIDC_PROVIDERS_MAX, OIDC_THUMBPRINTS_MAX } from "../../kernel/limits.ts";
import type { OidcProviderRow } from "../../platform/metadata/iam-schema.ts";
import type { IamDeps, IamReader } from "../deps.ts";
import { type IamTag, readTags, removeAllTags, type Tagged, writeTags } from "../tags.ts";
import { issuerInArn, parseIssuer, providerArn } from "./issuer.ts";
import { addProvider, changeProvider, findProvider, listIssuers, removeProvider } from "./provider-rows.ts";

export interface ProviderInput {
  readonly OpenIDConnectProviderArn: string;
}

export interface CreateProviderInput {
  readonly Url: string;
  readonly ClientIDList?: readonly string[];
  readonly ThumbprintList?: readonly string[];
  readonly Tags?: readonly IamTag[];
}

/** Makes a provider, so that tokens of its issuer can be exchanged for sessions of roles that trust it. */
export function createProvider(deps: IamDeps, call: Call, input: CreateProviderInput): Promise<object> {
  const issuer = parseIssuer(input.Url);
  const { account } = call.principal;
  return deps.metadata.writeGlobal(async (tx) => {
    const row: OidcProviderRow = {
      account,
      issuer,
      client_ids: JSON.stringify(checkClients(input.ClientIDList ?? [])),
      thumbprints: JSON.stringify(checkThumbprints(input.ThumbprintList ?? [])),
      keys: null,
      created_ms: deps.clock.now(),
    };
    if (!(await addProvider(tx, call, row))) {
      throw new RegistryError("EntityAlreadyExistsException", `Provider with url ${input.Url} already exists.`);
    }
    if ((await listIssuers(tx, call)).length > OIDC_PROVIDERS_MAX) {
      const text = `Cannot exceed quota for OpenIdConnectProvidersPerAccount: ${OIDC_PROVIDERS_MAX}`;
      throw new RegistryError("IamLimitExceededException", text);
    }
    await writeTags(tx, taggedProvider(call, row), input.Tags);
    const tags = await readTags(tx, taggedProvider(call, row));
    return { OpenIDConnectProviderArn: providerArn(call, issuer), Tags: tags.length > 0 ? tags : undefined };
  });
}

/** What there is to know of a provider. */
export function getProvider({ metadata }: IamDeps, call: Call, input: ProviderInput): Promise<object> {
  return metadata.readGlobal(async (tx) => {
    const row = await findProvider(tx, call, input.OpenIDConnectProviderArn);
    return {
      // IAM: without the scheme that it was made with. (API reference, GetOpenIDConnectProvider)
      Url: row.issuer,
      ClientIDList: clientsOf(row),
      ThumbprintList: thumbprintsOf(row),
      CreateDate: new Date(row.created_ms),
      Tags: await readTags(tx, taggedProvider(call, row)),
    };
  });
}

/** All providers of the account. IAM's list has no pages. */
export function listProviders({ metadata }: IamDeps, call: Call): Promise<object> {
  return metadata.readGlobal(async (tx) => ({
    OpenIDConnectProviderList: (await listIssuers(tx, call)).map((issuer) => ({ Arn: providerArn(call, issuer) })),
  }));
}

/** Takes a provider away. Roles that trust it stay, and let nobody in by it. */
export function deleteProvider({ metadata }: IamDeps, call: Call, input: ProviderInput): Promise<object> {
  const arn = input.OpenIDConnectProviderArn;
  return metadata.writeGlobal(async (tx) => {
    const issuer = issuerInArn(call, arn);
    if (issuer === undefined || !(await listIssuers(tx, call)).includes(issuer)) {
      // IAM: has words of its own here. (localstack/localstack, answers of IAM)
      throw new RegistryError("NoSuchEntityException", `OpenId connect Provider ${arn} cannot be found.`);
    }
    const row = await findProvider(tx, call, arn);
    await removeAllTags(tx, taggedProvider(call, row));
    await removeProvider(tx, call, row);
    return {};
  });
}

/** Adds an audience that tokens may be for; one that is there stays. */
export function addClientId(deps: IamDeps, call: Call, input: ProviderInput & { readonly ClientID: string }): Promise<object> {
  return change(deps, call, input, (row) => ({ client_ids: [...new Set([...clientsOf(row), input.ClientID])] }));
}

/** Takes an audience away; one that is not there is passed over. */
export function removeClientId(deps: IamDeps, call: Call, input: ProviderInput & { readonly ClientID: string }): Promise<object> {
  return change(deps, call, input, (row) => ({ client_ids: clientsOf(row).filter((it) => it !== input.ClientID) }));
}

/** Puts other thumbprints in the place of all that there are. */
export function updateThumbprints(
  deps: IamDeps,
  call: Call,
  input: ProviderInput & { readonly ThumbprintList: readonly string[] },
): Promise<object> {
  return change(deps, call, input, () => ({ thumbprints: input.ThumbprintList }));
}

/** The provider of an input, as something that has tags. */
export async function findTaggedProvider(tx: IamReader, call: Call, input: ProviderInput): Promise<Tagged> {
  return taggedProvider(call, await findProvider(tx, call, input.OpenIDConnectProviderArn));
}

function taggedProvider(call: Call, { account, issuer }: OidcProviderRow): Tagged {
  return { id: providerArn(call, issuer), account };
}

function change(
  { metadata }: IamDeps,
  call: Call,
  input: ProviderInput,
  by: (row: OidcProviderRow) => { readonly client_ids?: readonly string[]; readonly thumbprints?: readonly string[] },
): Promise<object> {
  return metadata.writeGlobal(async (tx) => {
    const row = await findProvider(tx, call, input.OpenIDConnectProviderArn);
    const { client_ids = clientsOf(row), thumbprints = thumbprintsOf(row) } = by(row);
    await changeProvider(tx, call, {
      ...row,
      client_ids: JSON.stringify(checkClients(client_ids)),
      thumbprints: JSON.stringify(checkThumbprints(thumbprints)),
    });
    return {};
  });
}

function clientsOf({ client_ids }: OidcProviderRow): readonly string[] {
  return JSON.parse(client_ids) as string[];
}

function thumbprintsOf({ thumbprints }: OidcProviderRow): readonly string[] {
  return JSON.parse(thumbprints) as string[];
}

function checkClients(clients: readonly string[]): readonly string[] {
  if (clients.length > OIDC_CLIENTS_MAX) {
    const text = `Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: ${OIDC_CLIENTS_MAX}`;
    throw new RegistryError("IamLimitExceededException", text);
  }
  return [...new Set(clients)];
}

/** IAM: its text says fewer than five and means five. (localstack/localstack, answers of IAM) */
function checkThumbprints(thumbprints: readonly string[]): readonly string[] {
  if (thumbprints.length > OIDC_THUMBPRINTS_MAX) {
    throw new RegistryError("InvalidInputException", `Thumbprint list must contain fewer than ${OIDC_THUMBPRINTS_MAX} entries.`);
  }
  return thumbprints.map((it) => it.toLowerCase());
}
