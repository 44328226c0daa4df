/** The alphabet of AWS's ids. (RFC 4648, base 32) */
export const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** A character for each byte, by its last five bits: of random bytes, each has five random bits. */
export function base32Of(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => BASE32.charAt(byte % BASE32.length)).join("");
}
