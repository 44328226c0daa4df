import { PAGE_SIZE_MAX } from "../../kernel/limits.ts";
import { type Ask, type Operation, operation } from "../../kernel/operation.ts";
import { integer, string, structure } from "../../kernel/shape.ts";
import type { RepositoryDeps } from "../deps.ts";
import { askRegistry } from "../shapes.ts";
import { type AccountSetting, getAccountSetting, putAccountSetting } from "./account-settings.ts";
import { isPrincipalArn, PRINCIPAL_ARN_LENGTH_MAX, PRINCIPAL_ARN_PATTERN } from "./principal-arn.ts";
import { deregisterExclusion, listExclusions, type ListExclusionsInput, registerExclusion } from "./pull-time-exclusions.ts";

const SETTING_NAME = string({ min: 1, max: 64 });
const PRINCIPAL_ARN = string({
  max: PRINCIPAL_ARN_LENGTH_MAX,
  pattern: { text: PRINCIPAL_ARN_PATTERN, matches: isPrincipalArn },
});

/** ECR: a condition can say which setting. (Service Authorization Reference, ecr:AccountSetting) */
function askSetting(action: string) {
  return ({ name }: { readonly name: string }): readonly Ask[] => [
    { action, resource: "*", context: { "ecr:accountsetting": [name] } },
  ];
}

/** The operations of ECR's API about what an account sets for its registry. ECR: none of their actions knows a resource. (IAM) */
export function settingOperations(deps: RepositoryDeps): readonly Operation[] {
  return [
    operation<{ readonly name: string }>({
      name: "GetAccountSetting",
      errors: [],
      input: structure({ "name!": SETTING_NAME }),
      asks: askSetting("ecr:GetAccountSetting"),
      handle: (call, input) => getAccountSetting(deps, call, input),
    }),
    operation<AccountSetting>({
      name: "PutAccountSetting",
      errors: [],
      input: structure({ "name!": SETTING_NAME, "value!": string() }),
      asks: askSetting("ecr:PutAccountSetting"),
      handle: (call, input) => putAccountSetting(deps, call, input),
    }),
    operation<{ readonly principalArn: string }>({
      name: "RegisterPullTimeUpdateExclusion",
      errors: ["ExclusionAlreadyExistsException", "LimitExceededException"],
      input: structure({ "principalArn!": PRINCIPAL_ARN }),
      asks: askRegistry("ecr:RegisterPullTimeUpdateExclusion"),
      handle: (call, input) => registerExclusion(deps, call, input),
    }),
    operation<{ readonly principalArn: string }>({
      name: "DeregisterPullTimeUpdateExclusion",
      errors: ["ExclusionNotFoundException"],
      input: structure({ "principalArn!": PRINCIPAL_ARN }),
      asks: askRegistry("ecr:DeregisterPullTimeUpdateExclusion"),
      handle: (call, input) => deregisterExclusion(deps, call, input),
    }),
    operation<ListExclusionsInput>({
      name: "ListPullTimeUpdateExclusions",
      errors: [],
      input: structure({ maxResults: integer({ min: 1, max: PAGE_SIZE_MAX }), nextToken: string() }),
      asks: askRegistry("ecr:ListPullTimeUpdateExclusions"),
      handle: (call, input) => listExclusions(deps, call, input),
    }),
  ];
}
