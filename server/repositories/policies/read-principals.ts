import { lookUpPrincipals } from "../../iam/principal-ids.ts";
import type { Reader } from "../../platform/metadata/metadata.ts";
import type { PolicyDocument } from "../../policies/document.ts";
import { principalNotFound } from "../../policies/resource-policies.ts";

/**
 * The unique ids of those whom a policy of the registry that is open names, as they are stored beside its text: who gets the name
 * of one of them later is not meant. Throws InvalidParameterException for who is not there.
 */
export async function readPrincipals(tx: Reader, policy: PolicyDocument): Promise<string> {
  const { ids, missing } = await lookUpPrincipals(tx, tx.registry.account, policy);
  if (missing.length > 0) throw principalNotFound();
  return JSON.stringify(ids);
}
