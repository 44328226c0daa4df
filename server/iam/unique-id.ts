import { randomBytes } from "node:crypto";

/** AWS: unique ids begin with what they are of. (IAM User Guide, unique identifiers) */
export const ID_PREFIXES = { user: "AIDA", group: "AGPA", role: "AROA", policy: "ANPA" } as const;

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const RANDOM_CHARACTERS = 17;

/** A unique id: a prefix and 85 random bits. It is never used again, so rights that hang on it end with what it names. */
export function generateUniqueId(kind: keyof typeof ID_PREFIXES): string {
  const random = Array.from(randomBytes(RANDOM_CHARACTERS), (byte) => BASE32.charAt(byte % BASE32.length));
  return ID_PREFIXES[kind] + random.join("");
}
