import { RegistryError } from "../../kernel/errors.ts";
import { type Operation, operation } from "../../kernel/operation.ts";
import { enumeration, list, structure } from "../../kernel/shape.ts";
import type { IamDeps } from "../deps.ts";
import { PAGE } from "../pages.ts";
import { iamArn, PATH_PREFIX } from "../shapes.ts";
import { aliasOperations } from "./alias-operations.ts";
import { DETAIL_KINDS, type DetailsInput, getAuthorizationDetails } from "./authorization-details.ts";
import { summarizeAccount } from "./summary.ts";

/** The account itself: its alias, and what there is in it. */
export function accountOperations(deps: IamDeps): readonly Operation[] {
  return [
    ...aliasOperations(deps),
    operation<Record<string, never>>({
      name: "GetAccountSummary",
      errors: [],
      input: structure({}),
      asks: () => [{ action: "iam:GetAccountSummary", resource: "*" }],
      handle: (call) => summarizeAccount(deps, call),
    }),
    operation<DetailsInput>({
      name: "GetAccountAuthorizationDetails",
      errors: [],
      input: structure({ Filter: list(enumeration(...DETAIL_KINDS), { max: DETAIL_KINDS.length }), ...PAGE }),
      asks: () => [{ action: "iam:GetAccountAuthorizationDetails", resource: "*" }],
      handle: (call, input) => getAuthorizationDetails(deps, call, input),
    }),
    operation<Record<string, never>>({
      name: "GetAccountPasswordPolicy",
      errors: ["NoSuchEntityException"],
      input: structure({}),
      asks: () => [{ action: "iam:GetAccountPasswordPolicy", resource: "*" }],
      // Nobody has a password here but for docker, and those are not chosen.
      handle: async ({ principal: { account } }) => {
        const text = `The Password Policy with domain name ${account} cannot be found.`;
        throw new RegistryError("NoSuchEntityException", text);
      },
    }),
    operation<{ readonly PathPrefix?: string }>({
      name: "ListInstanceProfiles",
      errors: [],
      input: structure({ PathPrefix: PATH_PREFIX, ...PAGE }),
      asks: ({ PathPrefix = "/" }, call) => [
        { action: "iam:ListInstanceProfiles", resource: iamArn(call, "instance-profile", PathPrefix) },
      ],
      handle: async () => ({ InstanceProfiles: [], IsTruncated: false }),
    }),
  ];
}
