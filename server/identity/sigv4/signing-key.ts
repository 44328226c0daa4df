import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** What a signature is good for: one day, one region, one service. */
export interface Scope {
  /** `YYYYMMDD`. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** The key that signs within a scope: four HMACs from the secret. */
export function deriveSigningKey(secretAccessKey: string, scope: Scope): Buffer {
  const date = hmac(`AWS4${secretAccessKey}`, scope.date);
  return hmac(hmac(hmac(date, scope.region), scope.service), "aws4_request");
}

/** The signature (32 bytes) of a canonical request, whose text is one character for one byte. */
export function sign(signingKey: Buffer, timestamp: string, scope: Scope, canonical: string): Buffer {
  const hash = createHash("sha256").update(canonical, "latin1").digest("hex");
  const { date, region, service } = scope;
  return hmac(signingKey, `AWS4-HMAC-SHA256\n${timestamp}\n${date}/${region}/${service}/aws4_request\n${hash}`);
}

/** Whether two signatures are one, in a time that does not depend on where they differ. */
export function isSameSignature(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
