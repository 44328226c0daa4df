import { deflateRawSync, inflateRawSync } from "node:zlib";
import { AUTHORIZATION_MESSAGE_LENGTH_MAX } from "../kernel/limits.ts";
import type { AccountId } from "../kernel/names.ts";
import { fromSealedText, toSealedText } from "../keys/sealed-text.ts";
import type { Sealer } from "../keys/sealer.ts";

const DECODED_BYTES_MAX = 1024 * 1024;

/**
 * What a denied caller may be told, for those to read who may: DecodeAuthorizationMessage gives `message` back as JSON, to
 * principals of the account alone whose principal was denied. Undefined when it would be longer than AWS lets one be.
 */
export function sealAuthorizationMessage(sealer: Sealer, account: AccountId, message: object): string | undefined {
  const packed = deflateRawSync(JSON.stringify(message));
  const text = toSealedText(sealer.seal("authorization-message", packed, account));
  return text.length <= AUTHORIZATION_MESSAGE_LENGTH_MAX ? text : undefined;
}

/** The JSON of such a message, or undefined for any other text and for a message of another account. */
export function openAuthorizationMessage(sealer: Sealer, account: AccountId, text: string): string | undefined {
  const packed = sealer.open("authorization-message", fromSealedText(text), account);
  return packed && inflateRawSync(packed, { maxOutputLength: DECODED_BYTES_MAX }).toString();
}
