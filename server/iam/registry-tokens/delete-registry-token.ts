import { RegistryError } from "../../kernel/errors.ts";
import type { AccountId } from "../../kernel/names.ts";
import { query } from "../../platform/metadata/query.ts";
import type { IamDeps } from "../deps.ts";

const deleteTokenRow = query<{ account: string; id: string }>()((db, p) =>
  db.deleteFrom("registry_tokens").where("account", "=", p.account).where("id", "=", p.id),
);

/** Takes a token back; nobody gets in by it any more. Throws NoSuchEntityException. */
export async function deleteToken({ metadata }: Pick<IamDeps, "metadata">, account: AccountId, id: string): Promise<void> {
  const deleted = await metadata.writeGlobal((tx) => tx.run(deleteTokenRow, { account, id }));
  if (deleted === 0) throw new RegistryError("NoSuchEntityException", `There is no registry token ${id} in this account.`);
}
