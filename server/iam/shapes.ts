import { parseAccountId } from "../kernel/names.ts";
import { integer, list, type Pattern, string, structure } from "../kernel/shape.ts";
import type { Call } from "../kernel/call.ts";
import type { Arn, AccountId } from "../kernel/names.ts";

/** Members that many operations of IAM share. (IAM's API model of 2010-05-08) */
const named = (text: string, regular: RegExp): Pattern => ({ text, matches: (it) => regular.test(it) });
const NAME = named("[\\w+=,.@-]+", /^[\w+=,.@-]+$/);

export const USER_NAME = string({ min: 1, max: 64, pattern: NAME });
export const GROUP_NAME = string({ min: 1, max: 128, pattern: NAME });
/** IAM: longer than a user's name can be, where one is named that is there. */
export const EXISTING_USER_NAME = string({ min: 1, max: 128, pattern: NAME });
export const ROLE_NAME = string({ min: 1, max: 64, pattern: NAME });
export const POLICY_NAME = string({ min: 1, max: 128, pattern: NAME });
export const PATH = string({
  min: 1,
  max: 512,
  pattern: named("(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)", /^\/(?:[\u0021-\u007e]+\/)?$/),
});
/** IAM: of a role. */
export const DESCRIPTION = string({
  max: 1_000,
  pattern: named("[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*", /^[\t\n\r\u0020-\u007e\u00a1-\u00ff]*$/),
});
/** IAM: of a policy, where fewer characters are allowed. */
export const POLICY_PATH = string({
  min: 1,
  max: 512,
  pattern: named("((/[A-Za-z0-9\\.,\\+@=_-]+)*)/", /^\/(?:[A-Za-z0-9.,+@=_-]+\/)*$/),
});
export const POLICY_DOCUMENT = string({ min: 1, max: 131_072 });
export const ARN = string({ min: 20, max: 2048 });
/** IAM: of a path that lists are narrowed to. */
export const PATH_PREFIX = string({ min: 1, max: 512, pattern: named("\\u002F[\\u0021-\\u007F]*", /^\/[\u0021-\u007f]*$/) });
/** IAM's are up to 320 characters; ours are longer where names have letters of other scripts. */
export const MARKER = string({ min: 1, max: 1_024 });
export const MAX_ITEMS = integer({ min: 1, max: 1_000 });

const TAG_KEY = string({ min: 1, max: 128, pattern: named("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+", /^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/u) });
const TAG_VALUE = string({ max: 256, pattern: named("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*", /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u) });
export const TAGS = list(structure({ "Key!": TAG_KEY, "Value!": TAG_VALUE }), { max: 50 });
export const TAG_KEYS = list(TAG_KEY, { max: 50 });

export const ACCESS_KEY_ID = string({ min: 16, max: 128, pattern: named("[\\w]+", /^\w+$/) });

/** An ARN of the caller's account in IAM, such as `iamArn(call, "user/", name)`. */
export function iamArn(call: Call, type: string, name: string): Arn {
  return `arn:aws:iam::${call.principal.account}:${type}${name}` as Arn;
}

/** The account in an ARN of IAM, or undefined. */
export function accountOfArn(arn: string): AccountId | undefined {
  return parseAccountId(arn.split(":", 5)[4] ?? "");
}
