import { parseAccountId } from "../../kernel/names.ts";
import { integer, list, type Pattern, type Shape, string, structure } from "../../kernel/shape.ts";
import { ORGANISATION_PAGE_SIZE_MAX, ORGANISATION_TAGS_MAX } from "./limits.ts";

/** Members that the operations of Organizations share. (API model of 2016-11-28) */
const ROOT = /^r-[0-9a-z]{4,32}$/;
const UNIT = /^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$/;
const POLICY = /^p-[0-9a-zA-Z_]{8,128}$/;
const REQUEST = /^car-[a-z0-9]{8,32}$/;
const EMAIL_TEXT = "[^\\s@]+@[^\\s@]+\\.[^\\s@]+";

const isRoot = (it: string): boolean => ROOT.test(it);
const isUnit = (it: string): boolean => UNIT.test(it);
const isAccount = (it: string): boolean => parseAccountId(it) !== undefined;
const isPolicy = (it: string): boolean => POLICY.test(it);

function matching(max: number, text: string, matches: Pattern["matches"]): Shape {
  return string({ max, pattern: { text, matches } });
}

const ROOT_TEXT = "(r-[0-9a-z]{4,32})";
const UNIT_TEXT = "(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})";
const ACCOUNT_TEXT = "(\\d{12})";

export const ACCOUNT_ID = matching(12, "^\\d{12}$", isAccount);
export const ROOT_ID = matching(34, "^r-[0-9a-z]{4,32}$", isRoot);
export const UNIT_ID = matching(68, "^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$", isUnit);
export const PARENT_ID = matching(100, `^${ROOT_TEXT}|${UNIT_TEXT}$`, (it) => isRoot(it) || isUnit(it));
export const CHILD_ID = matching(100, `^${ACCOUNT_TEXT}|${UNIT_TEXT}$`, (it) => isAccount(it) || isUnit(it));
export const TARGET_ID = matching(
  100,
  `^${ROOT_TEXT}|${ACCOUNT_TEXT}|${UNIT_TEXT}$`,
  (it) => isRoot(it) || isAccount(it) || isUnit(it),
);
export const TAGGABLE_ID = matching(
  130,
  `^${ROOT_TEXT}|${ACCOUNT_TEXT}|${UNIT_TEXT}|(p-[0-9a-zA-Z_]{8,128})$`,
  (it) => isRoot(it) || isAccount(it) || isUnit(it) || isPolicy(it),
);
export const POLICY_ID = matching(130, "^p-[0-9a-zA-Z_]{8,128}$", isPolicy);
export const REQUEST_ID = matching(36, "^car-[a-z0-9]{8,32}$", (it) => REQUEST.test(it));

export const UNIT_NAME = string({ min: 1, max: 128 });
export const POLICY_NAME = string({ min: 1, max: 128 });
export const POLICY_DESCRIPTION = string({ max: 512 });
export const ACCOUNT_NAME = string({ min: 1, max: 50, pattern: { text: "[\\u0020-\\u007E]+", matches: isPrintable } });
export const EMAIL = string({ min: 6, max: 64, pattern: { text: EMAIL_TEXT, matches: isEmail } });
export const SERVICE_PRINCIPAL = string({
  min: 1,
  max: 128,
  pattern: { text: "[\\w+=,.@-]*", matches: (it) => /^[\w+=,.@-]*$/.test(it) },
});

const TAG_PATTERN = "^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$";
const TAG: Pattern = { text: TAG_PATTERN, matches: (it) => /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(it) };
const TAG_KEY = string({ min: 1, max: 128, pattern: TAG });
export const TAG_KEYS = list(TAG_KEY, { max: ORGANISATION_TAGS_MAX });
export const TAGS = list(structure({ "Key!": TAG_KEY, "Value!": string({ max: 256, pattern: TAG }) }), {
  max: ORGANISATION_TAGS_MAX,
});

/** Of every operation that answers in pages. */
export const PAGING = {
  NextToken: string({ max: 4_096 }),
  MaxResults: integer({ min: 1, max: ORGANISATION_PAGE_SIZE_MAX }),
} as const;

function isPrintable(text: string): boolean {
  return /^[\u0020-\u007e]+$/.test(text);
}

/** EMAIL_TEXT by hand: an @ with something before it, and behind it a dot that is neither first nor last. */
function isEmail(text: string): boolean {
  const at = text.indexOf("@");
  const domain = text.slice(at + 1);
  return at > 0 && !/[\s@]/.test(domain) && !/\s/.test(text) && domain.slice(1, -1).includes(".");
}
