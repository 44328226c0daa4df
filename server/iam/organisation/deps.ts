import type { AccountId } from "../../kernel/names.ts";
import type { IamDeps } from "../deps.ts";

export interface OrganisationDeps extends IamDeps {
  /** The account that the first start made: it alone may make an organisation, since there is room for one. */
  readonly account: AccountId;
}
