import { RegistryError } from "../../kernel/errors.ts";
import { parseJson } from "../../kernel/json.ts";
import { ISSUER_DOCUMENT_BYTES_MAX } from "../../kernel/limits.ts";
import type { AccountId } from "../../kernel/names.ts";
import { query } from "../../platform/metadata/query.ts";
import { noteAccessChange } from "../access-changes.ts";
import type { IamDeps } from "../deps.ts";
import { parseIssuer } from "./issuer.ts";

const KEYS_DEPTH_MAX = 8;
const KEY_TYPES: readonly unknown[] = ["RSA", "EC"];

const updateKeys = query<{ account: string; issuer: string; keys: string | null }>()((db, p) =>
  db.updateTable("oidc_providers").set({ keys: p.keys }).where("account", "=", p.account).where("issuer", "=", p.issuer),
);

/**
 * Gives a provider the keys (a JSON Web Key Set) of its issuer, which is never asked from then on; without any it is asked again.
 * Throws ValidationException for what are no public keys, and NoSuchEntityException for an issuer that is not registered.
 */
export async function setIssuerKeys(
  { metadata }: Pick<IamDeps, "metadata">,
  account: AccountId,
  { url, keys }: { readonly url: string; readonly keys: string | undefined },
): Promise<void> {
  const issuer = parseIssuer(url);
  if (keys !== undefined) checkKeys(keys);
  await metadata.writeGlobal(async (tx) => {
    const changed = await tx.run(updateKeys, { account, issuer, keys: keys ?? null });
    if (changed === 0)
      throw new RegistryError("NoSuchEntityException", `The account ${account} has no OIDC provider for ${url}.`);
    await noteAccessChange(tx, account);
  });
}

function checkKeys(text: string): void {
  const isSmall = text.length <= ISSUER_DOCUMENT_BYTES_MAX;
  const set = isSmall ? parseJson(Buffer.from(text), KEYS_DEPTH_MAX)?.value : undefined;
  const keys = (set as { readonly keys?: unknown } | null | undefined)?.keys;
  if (Array.isArray(keys) && keys.length > 0 && keys.every(isPublicKey)) return;
  const sentence = "The keys must be a JSON Web Key Set of public RSA and EC keys, as an issuer publishes at its jwks_uri.";
  throw new RegistryError("ValidationException", sentence);
}

function isPublicKey(key: unknown): boolean {
  return typeof key === "object" && key !== null && "kty" in key && KEY_TYPES.includes(key.kty) && !("d" in key);
}
