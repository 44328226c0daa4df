import { type Operation, operation } from "../../kernel/operation.ts";
import { structure } from "../../kernel/shape.ts";
import { ACCOUNT_ALIAS, findAccountAlias, removeAccountAlias, setAccountAlias } from "../account-aliases.ts";
import type { IamDeps } from "../deps.ts";
import { PAGE } from "../pages.ts";

interface AliasInput {
  readonly AccountAlias: string;
}

/** The one alias of an account. */
export function aliasOperations({ metadata }: IamDeps): readonly Operation[] {
  const ask = (action: string) => () => [{ action: `iam:${action}`, resource: "*" as const }];
  return [
    operation<AliasInput>({
      name: "CreateAccountAlias",
      errors: ["EntityAlreadyExistsException"],
      input: structure({ "AccountAlias!": ACCOUNT_ALIAS }),
      asks: ask("CreateAccountAlias"),
      handle: (call, { AccountAlias }) =>
        metadata.writeGlobal(async (tx) => {
          await setAccountAlias(tx, call.principal.account, AccountAlias);
          return {};
        }),
    }),
    operation<AliasInput>({
      name: "DeleteAccountAlias",
      errors: ["NoSuchEntityException"],
      input: structure({ "AccountAlias!": ACCOUNT_ALIAS }),
      asks: ask("DeleteAccountAlias"),
      handle: (call, { AccountAlias }) =>
        metadata.writeGlobal(async (tx) => {
          await removeAccountAlias(tx, call.principal.account, AccountAlias);
          return {};
        }),
    }),
    operation<Record<string, never>>({
      name: "ListAccountAliases",
      errors: [],
      input: structure(PAGE),
      asks: ask("ListAccountAliases"),
      handle: async (call) => {
        const alias = await metadata.readGlobal((tx) => findAccountAlias(tx, call.principal.account));
        return { AccountAliases: alias === undefined ? [] : [alias], IsTruncated: false };
      },
    }),
  ];
}
