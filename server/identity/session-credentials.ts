import { randomBytes } from "node:crypto";
import { BASE32 } from "../kernel/base32.ts";
import type { Principal } from "../kernel/call.ts";
import { SESSION_TOKEN_LENGTH_MAX } from "../kernel/limits.ts";
import { type AccountId, parseAccountId } from "../kernel/names.ts";
import { fromSealedText, toSealedText } from "../keys/sealed-text.ts";
import type { Sealer } from "../keys/sealer.ts";
import { type AccessKey, isSessionKey } from "./access-keys.ts";
import { packPrincipal, unpackPrincipal } from "./packed-principal.ts";

/** What a client signs with until its session ends. Nothing of it is stored. */
export interface SessionCredentials extends AccessKey {
  readonly sessionToken: string;
}

/** What a session token says, once its access key id was seen to belong to it. */
export interface OpenedSession {
  readonly principal: Principal;
  readonly secretAccessKey: string;
}

const KEY_ID_CHARACTERS = 16;
const KEY_ID_BITS = BigInt(KEY_ID_CHARACTERS * 5);
/** AWS: bits of an access key id that are its account's. Tools read it from there. (aws-keyhunter, trufflehog, "aws-account-id") */
const ACCOUNT_SHIFT = KEY_ID_BITS - 41n;
const ACCOUNT_MASK = (1n << 40n) - 1n;
const SECRET_BYTES = 30;
/** Before what is packed: how long it is. What follows it fills the token up to the size that was asked for. */
const LENGTH_BYTES = 4;
/** Version, nonce and authentication code. */
const SEAL_BYTES = 29;

/**
 * Temporary credentials of a principal that has a session. The token holds the principal, sealed and bound to its access key
 * id; the secret follows from the token by a key that only we have. `length_min` makes the token at least that long.
 */
export function issueSession(sealer: Sealer, principal: Principal, length_min = 0): SessionCredentials {
  const accessKeyId = generateSessionKeyId(principal.account);
  const packed = packPrincipal(principal, {});
  const size_bytes = Math.max(LENGTH_BYTES + packed.length, Math.ceil((length_min * 3) / 4) - SEAL_BYTES);
  const plain = Buffer.alloc(size_bytes);
  plain.writeUInt32BE(packed.length);
  packed.copy(plain, LENGTH_BYTES);
  const sessionToken = toSealedText(sealer.seal("session", plain, accessKeyId));
  return { accessKeyId, secretAccessKey: secretOf(sealer, sessionToken), sessionToken };
}

/** Undefined for a token that was not issued here, or for another key. Looks at no clock, and not at whether anybody is there. */
export function openSession(sealer: Sealer, accessKeyId: string, sessionToken: string): OpenedSession | undefined {
  if (!isSessionKey(accessKeyId) || sessionToken.length > SESSION_TOKEN_LENGTH_MAX) return undefined;
  const plain = sealer.open("session", fromSealedText(sessionToken), accessKeyId);
  if (plain === undefined) return undefined;
  const unpacked = unpackPrincipal(plain.subarray(LENGTH_BYTES, LENGTH_BYTES + plain.readUInt32BE()));
  return unpacked && { principal: unpacked.principal, secretAccessKey: secretOf(sealer, sessionToken) };
}

/** The account that a session's access key id says, or undefined for one that is not in the form of ours. */
export function accountOfSessionKey(accessKeyId: string): AccountId | undefined {
  const characters = accessKeyId.slice(-KEY_ID_CHARACTERS);
  if (!isSessionKey(accessKeyId) || accessKeyId.length !== KEY_ID_CHARACTERS + 4 || !/^[A-Z2-7]*$/.test(characters))
    return undefined;
  let bits = 0n;
  for (const character of characters) bits = (bits << 5n) | BigInt(BASE32.indexOf(character));
  return parseAccountId(String((bits >> ACCOUNT_SHIFT) & ACCOUNT_MASK).padStart(12, "0"));
}

/** `ASIA` and 80 bits in base32: a random one, the account in 40, and random ones again. */
function generateSessionKeyId(account: AccountId): string {
  const random = BigInt(`0x${randomBytes(10).toString("hex")}`);
  let bits = (random & ~(ACCOUNT_MASK << ACCOUNT_SHIFT)) | (BigInt(account) << ACCOUNT_SHIFT);
  let characters = "";
  for (let at = 0; at < KEY_ID_CHARACTERS; at++) {
    characters = BASE32.charAt(Number(bits & 31n)) + characters;
    bits >>= 5n;
  }
  return `ASIA${characters}`;
}

function secretOf(sealer: Sealer, sessionToken: string): string {
  return sealer.mac("session", sessionToken).subarray(0, SECRET_BYTES).toString("base64");
}
