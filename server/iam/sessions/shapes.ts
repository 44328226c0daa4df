import { integer, list, type Pattern, string, structure } from "../../kernel/shape.ts";

/** Members that operations of STS share. (STS's API model of 2011-06-15) */
const named = (text: string, regular: RegExp): Pattern => ({ text, matches: (it) => regular.test(it) });
const NAME = named("[\\w+=,.@-]*", /^[\w+=,.@-]*$/);
const ARN_CHARACTERS = named(
  "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+",
  /^[\t\n\r\u{20}-\u{7e}\u{85}\u{a0}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]+$/u,
);
const POLICY_CHARACTERS = named("[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+", /^[\t\n\r\u0020-\u00ff]+$/);
const TAG_KEY = string({ min: 1, max: 128, pattern: named("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+", /^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/u) });
const TAG_VALUE = string({ max: 256, pattern: named("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*", /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u) });
const ARN = string({ min: 20, max: 2048, pattern: ARN_CHARACTERS });

export const ROLE_ARN = ARN;
export const SESSION_NAME = string({ min: 2, max: 64, pattern: NAME });
export const FEDERATED_NAME = string({ min: 2, max: 32, pattern: NAME });
export const SOURCE_IDENTITY = string({ min: 2, max: 64, pattern: NAME });
export const EXTERNAL_ID = string({ min: 2, max: 1224, pattern: named("[\\w+=,.@:\\/-]*", /^[\w+=,.@:/-]*$/) });
export const SERIAL_NUMBER = string({ min: 9, max: 256, pattern: named("[\\w+=/:,.@-]*", /^[\w+=/:,.@-]*$/) });
export const TOKEN_CODE = string({ min: 6, max: 6, pattern: named("[\\d]*", /^[0-9]*$/) });
export const ACCESS_KEY_ID = string({ min: 16, max: 128, pattern: named("[\\w]*", /^\w*$/) });
export const ENCODED_MESSAGE = string({ min: 1, max: 10_240 });
export const WEB_IDENTITY_TOKEN = string({ min: 4, max: 20_000 });
/** AWS: without a bound of its own where the whole token is bounded. (API model, unrestrictedSessionPolicyDocumentType) */
export const ROLE_SESSION_POLICY = string({ min: 1, max: 10_240, pattern: POLICY_CHARACTERS });
export const SESSION_POLICY = string({ min: 1, max: 2048, pattern: POLICY_CHARACTERS });
/** AWS: at most 10 managed policies for a session. (STS API reference, AssumeRole) */
export const POLICY_ARNS = list(structure({ arn: ARN }), { max: 10 });
export const TAGS = list(structure({ "Key!": TAG_KEY, "Value!": TAG_VALUE }), { max: 50 });
export const TAG_KEYS = list(TAG_KEY, { max: 50 });
export const ROLE_DURATION_S = integer({ min: 900, max: 43_200 });
export const USER_DURATION_S = integer({ min: 900, max: 129_600 });
export const TOKEN_SIZE_MIN = integer({ min: 0, max: 4096 });
export const PROVIDER_ID = string({ min: 4, max: 2048 });
