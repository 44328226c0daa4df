import type { Reader } from "../../platform/metadata/metadata.ts";
import { parseRepositoryPolicy } from "../../policies/resource-policies.ts";
import { readPrincipals } from "../policies/read-principals.ts";

/** The unique ids of those whom a template's repository policy names, to be stored; null without one. Throws as readPrincipals. */
export async function principalsOf(tx: Reader, policy: string | undefined): Promise<string | null> {
  return policy ? readPrincipals(tx, parseRepositoryPolicy(policy)) : null;
}
