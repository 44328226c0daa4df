import { createHash, randomBytes, randomInt } from "node:crypto";
import type { AccountId, Arn } from "../../kernel/names.ts";

const CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789";
const ACCOUNT_DIGITS = 12;

/**
 * The id of the organisation that an account manages, if it manages one: `o-` and ten characters. It follows from the account
 * alone, so that what an operation asks permission for can be said before anything is read. Who makes an organisation anew
 * makes the same one again.
 */
export function organisationIdOf(account: AccountId): string {
  const bytes = createHash("sha256").update(`organisation ${account}`).digest();
  return `o-${characters(bytes.subarray(0, 10))}`;
}

export function generateRootId(): string {
  return `r-${characters(randomBytes(4))}`;
}

/** AWS: the id of a unit holds that of its root. (API reference, OrganizationalUnit) */
export function generateUnitId(rootId: string): string {
  return `ou-${rootId.slice("r-".length)}-${characters(randomBytes(12))}`;
}

/** Begins with a letter in lower case: then AWS's own policy, `p-FullAWSAccess`, is the first in the order of the ids. */
export function generatePolicyId(): string {
  return `p-${CHARACTERS.charAt(randomInt(26))}${characters(randomBytes(11))}`;
}

/** The id of a request to create an account. */
export function generateRequestId(): string {
  return `car-${randomBytes(16).toString("hex")}`;
}

/** Twelve digits, the first of them not 0: programs that take them for a number lose nothing. */
export function generateAccountId(): AccountId {
  return String(randomInt(10 ** (ACCOUNT_DIGITS - 1), 10 ** ACCOUNT_DIGITS)) as AccountId;
}

/** The ARN of something in the organisation that an account manages, such as `organisationArn(account, "ou", id)`. */
export function organisationArn(manager: AccountId, type: "root" | "ou" | "account", id: string): Arn {
  return `arn:aws:organizations::${manager}:${type}/${organisationIdOf(manager)}/${id}` as Arn;
}

export function organisationOwnArn(manager: AccountId): Arn {
  return `arn:aws:organizations::${manager}:organization/${organisationIdOf(manager)}` as Arn;
}

export function controlPolicyArn(manager: AccountId, id: string): Arn {
  return `arn:aws:organizations::${manager}:policy/${organisationIdOf(manager)}/service_control_policy/${id}` as Arn;
}

/** What an id is of: a root, a unit, or an account. */
export function typeOfId(id: string): "ROOT" | "ORGANIZATIONAL_UNIT" | "ACCOUNT" {
  if (id.startsWith("r-")) return "ROOT";
  return id.startsWith("ou-") ? "ORGANIZATIONAL_UNIT" : "ACCOUNT";
}

/** The ARN of a root, a unit or an account by its id. */
export function targetArn(manager: AccountId, id: string): Arn {
  const types = { ROOT: "root", ORGANIZATIONAL_UNIT: "ou", ACCOUNT: "account" } as const;
  return organisationArn(manager, types[typeOfId(id)], id);
}

function characters(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => CHARACTERS.charAt(byte % CHARACTERS.length)).join("");
}
