import type { AccountId } from "../../kernel/names.ts";
import { RegistryError } from "../../kernel/errors.ts";
import { TRUST_POLICY_LENGTH_MAX } from "../../kernel/limits.ts";
import { invalidPrincipal, parseTrustPolicy } from "../../policies/iam-policies.ts";
import type { IamReader } from "../deps.ts";
import { documentSize } from "../document-text.ts";
import { lookUpPrincipals } from "../principal-ids.ts";

/** A trust policy as it is stored. */
export interface Trust {
  readonly trust_policy: string;
  readonly trust_ids: string;
}

/**
 * Reads the trust policy of a role of `account`, with the unique ids of those whom it names: who gets the name of one of them later is not
 * meant. IAM: whom it names must be there. Throws MalformedPolicyDocumentException, or IamLimitExceededException for a text that
 * is too long.
 */
export async function readTrust(tx: IamReader, account: AccountId, text: string): Promise<Trust> {
  if (documentSize(text) > TRUST_POLICY_LENGTH_MAX) {
    throw new RegistryError("IamLimitExceededException", `Cannot exceed quota for ACLSizePerRole: ${TRUST_POLICY_LENGTH_MAX}`);
  }
  const { ids, missing } = await lookUpPrincipals(tx, account, parseTrustPolicy(text));
  if (missing[0] !== undefined) throw invalidPrincipal(missing[0]);
  return { trust_policy: text, trust_ids: JSON.stringify(ids) };
}
