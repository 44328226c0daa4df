import type { AccountId } from "../../kernel/names.ts";
import type { IamDeps } from "../deps.ts";
import { type RegistryTokenView, tokensAfter, viewToken } from "./token-rows.ts";

/** Tokens of an account in the order of their ids, from behind `after`. */
export async function listTokens(
  { metadata }: Pick<IamDeps, "metadata">,
  account: AccountId,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<readonly RegistryTokenView[]> {
  const rows = await metadata.readGlobal((tx) => tx.all(tokensAfter, { account, after, limit }));
  return rows.map(viewToken);
}
