import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";

/** What a derived key is for. One purpose's seal never opens another's. */
export type Purpose =
  | "access-key"
  | "authorization-token"
  | "deletion-task"
  | "download-url"
  | "page-token"
  | "session"
  | "signature-cache";

/** Secrets and promises that any process holding the same root key can open or check, without a look-up. */
export interface Sealer {
  /** Encrypts and authenticates. `bound` is authenticated with it, and must be given again to open it. */
  seal(purpose: Purpose, plain: Uint8Array, bound?: string): Buffer;
  /** The plain bytes, or undefined when this was not sealed here for this purpose and bound to this. */
  open(purpose: Purpose, sealed: Uint8Array, bound?: string): Buffer | undefined;
  /** An authentication code over text. */
  mac(purpose: Purpose, text: string): Buffer;
  /** Checks a code in constant time. */
  verifyMac(purpose: Purpose, text: string, code: Uint8Array): boolean;
  /** Tells root keys apart without telling anything about them. */
  readonly fingerprint: string;
}

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + NONCE_BYTES;

/** A sealer over a root key of 32 bytes. AES-256-GCM with a random nonce; one key per purpose by HKDF-SHA-256. */
export function createSealer(rootKey: Uint8Array): Sealer {
  const keys = new Map<string, Buffer>();
  const keyFor = (label: string): Buffer => {
    let key = keys.get(label);
    if (key === undefined) {
      key = Buffer.from(hkdfSync("sha256", rootKey, "longshore", label, 32));
      keys.set(label, key);
    }
    return key;
  };
  const mac = (purpose: Purpose, text: string): Buffer =>
    createHmac("sha256", keyFor(`mac:${purpose}`))
      .update(text)
      .digest();

  return {
    fingerprint: keyFor("fingerprint").subarray(0, 8).toString("hex"),
    mac,
    verifyMac: (purpose, text, code) => code.length === 32 && timingSafeEqual(mac(purpose, text), code),
    seal(purpose, plain, bound = "") {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", keyFor(`seal:${purpose}`), nonce);
      cipher.setAAD(Buffer.from(bound));
      const body = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([Buffer.of(VERSION), nonce, body, cipher.getAuthTag()]);
    },
    open(purpose, sealed, bound = "") {
      if (sealed.length < HEADER_BYTES + TAG_BYTES || sealed[0] !== VERSION) return undefined;
      const decipher = createDecipheriv("aes-256-gcm", keyFor(`seal:${purpose}`), sealed.subarray(1, HEADER_BYTES));
      decipher.setAAD(Buffer.from(bound));
      decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
      try {
        return Buffer.concat([decipher.update(sealed.subarray(HEADER_BYTES, sealed.length - TAG_BYTES)), decipher.final()]);
      } catch {
        // What GCM does not authenticate was not sealed by us.
        return undefined;
      }
    },
  };
}
