import { randomBytes } from "node:crypto";
import { base32Of } from "../kernel/base32.ts";

/** AWS: unique ids begin with what they are of. (IAM User Guide, unique identifiers) */
export const ID_PREFIXES = { user: "AIDA", group: "AGPA", role: "AROA", policy: "ANPA" } as const;

const RANDOM_CHARACTERS = 17;

/** A unique id: a prefix and 85 random bits. It is never used again, so rights that hang on it end with what it names. */
export function generateUniqueId(kind: keyof typeof ID_PREFIXES): string {
  return ID_PREFIXES[kind] + base32Of(randomBytes(RANDOM_CHARACTERS));
}
