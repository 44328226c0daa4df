/** Sealed bytes as a text that is at home in URLs, JSON and passwords. */
export function toSealedText(sealed: Uint8Array): string {
  return Buffer.from(sealed).toString("base64url");
}

/**
 * The bytes of such a text; empty, which no seal is, for any other. Node skips what is not base64url, and bits that fill up
 * the last character: one seal must have one text, or what was altered would still open.
 */
export function fromSealedText(text: string): Buffer {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : Buffer.alloc(0);
}
