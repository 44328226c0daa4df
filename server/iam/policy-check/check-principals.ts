import { accountExists } from "../../identity/access-keys.ts";
import type { PolicyPrincipal } from "../../policies/principal.ts";
import { findPrincipal } from "../decisions/find-principal.ts";
import type { IamReader } from "../deps.ts";
import { RegistryError } from "../../kernel/errors.ts";
import type { CheckedPolicy } from "./checked-policy.ts";
import { type Remark, warning } from "./finding.ts";

/** Whom a policy names and who is not among the accounts, users and roles that there are. */
export async function remarkOnPrincipals(tx: IamReader, { document }: CheckedPolicy): Promise<readonly Remark[]> {
  const remarks: Remark[] = [];
  for (const [index, { principals }] of document.statements.entries()) {
    for (const principal of principals?.of ?? []) {
      const message = await absence(tx, principal);
      const element = principals?.except === true ? "NotPrincipal" : "Principal";
      if (message !== undefined) remarks.push(warning(`Statement[${index}].${element}`, message));
    }
  }
  return remarks;
}

async function absence(tx: IamReader, principal: PolicyPrincipal): Promise<string | undefined> {
  if (!("account" in principal)) return undefined;
  const { account } = principal;
  if ((await tx.first(accountExists, { account })) === undefined) return `There is no account ${account} here.`;
  if (principal.kind === "account" || principal.kind === "federated-user") return undefined;
  try {
    await findPrincipal(tx, principal.arn);
    return undefined;
  } catch (fault) {
    if (!(fault instanceof RegistryError)) throw fault;
    return `There is no ${principal.kind === "session" ? "role for the session" : principal.kind} ${principal.arn} here.`;
  }
}
