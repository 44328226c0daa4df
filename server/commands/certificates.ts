import { createHash, createPrivateKey, generateKeyPairSync, randomBytes, sign, X509Certificate } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { isIP } from "node:net";
import { addressBytes, bitString, boolean, context, integer, objectId, octetString, sequence, set, time, utf8 } from "./der.ts";

/** A certificate and its private key, as PEM. */
export interface Certified {
  readonly certificate: string;
  readonly key: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const AUTHORITY_LIFETIME_DAYS = 3_650;
/** Apple's systems accept no more from an authority that somebody has added. */
const CERTIFICATE_LIFETIME_DAYS = 825;
const AUTHORITY_NAME = "Longshore private authority";
const SERVER_NAME = "Longshore";

const ECDSA_WITH_SHA256 = sequence(objectId("1.2.840.10045.4.3.2"));
const COMMON_NAME = objectId("2.5.4.3");
const EXTENSIONS = {
  subjectKeyId: "2.5.29.14",
  keyUsage: "2.5.29.15",
  alternativeNames: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyId: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
} as const;
/** Bits from the left: 0 is digitalSignature, 5 keyCertSign, 6 cRLSign. The first byte counts the unused ones. (RFC 5280, 4.2.1.3) */
const USAGE_DIGITAL_SIGNATURE = Buffer.from([7, 0b1000_0000]);
const USAGE_SIGN_CERTIFICATES = Buffer.from([1, 0b0000_0110]);
const SERVER_AUTHENTICATION = objectId("1.3.6.1.5.5.7.3.1");

/** A new certificate authority (ECDSA, P-256) that signs nothing but servers' certificates. */
export function makeAuthority(): Certified {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const extensions = [
    extension("basicConstraints", sequence(boolean(true), integer(Buffer.from([0]))), true),
    extension("keyUsage", bitString(USAGE_SIGN_CERTIFICATES), true),
    extension("subjectKeyId", octetString(keyId(publicKey))),
  ];
  const subject = nameOf(`${AUTHORITY_NAME} ${randomBytes(4).toString("hex")}`);
  const content = { issuer: subject, subject, publicKey, days: AUTHORITY_LIFETIME_DAYS, extensions };
  return { certificate: signed(content, privateKey), key: pemOf(privateKey) };
}

/** A certificate of a server for host names (the first label may be `*`) and IP addresses, signed by the authority. */
export function issueCertificate(authority: Certified, names: readonly string[]): Certified {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const issuer = new X509Certificate(authority.certificate);
  const extensions = [
    extension("basicConstraints", sequence(), true),
    extension("keyUsage", bitString(USAGE_DIGITAL_SIGNATURE), true),
    extension("extendedKeyUsage", sequence(SERVER_AUTHENTICATION)),
    extension("alternativeNames", sequence(...names.map(alternativeName))),
    extension("subjectKeyId", octetString(keyId(publicKey))),
    extension("authorityKeyId", sequence(context(0, keyId(issuer.publicKey), "primitive"))),
  ];
  const issuerName = nameOf(issuer.subject.slice("CN=".length));
  const content = { issuer: issuerName, subject: nameOf(SERVER_NAME), publicKey, days: CERTIFICATE_LIFETIME_DAYS, extensions };
  return { certificate: signed(content, createPrivateKey(authority.key)), key: pemOf(privateKey) };
}

interface Content {
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly publicKey: KeyObject;
  readonly days: number;
  readonly extensions: readonly Buffer[];
}

/** TBSCertificate, its algorithm and its signature, as PEM. (RFC 5280, 4.1) */
function signed({ issuer, subject, publicKey, days, extensions }: Content, key: KeyObject): string {
  // A day early, for clients whose clocks are behind.
  const from_ms = Date.now() - DAY_MS;
  const content = sequence(
    context(0, integer(Buffer.from([2]))),
    integer(Buffer.from([0x01, ...randomBytes(15)])),
    ECDSA_WITH_SHA256,
    issuer,
    sequence(time(from_ms), time(from_ms + days * DAY_MS)),
    subject,
    publicKey.export({ type: "spki", format: "der" }),
    context(3, sequence(...extensions)),
  );
  return new X509Certificate(
    sequence(content, ECDSA_WITH_SHA256, bitString(Buffer.concat([Buffer.from([0]), sign("sha256", content, key)]))),
  ).toString();
}

function nameOf(commonName: string): Buffer {
  return sequence(set(sequence(COMMON_NAME, utf8(commonName))));
}

function extension(name: keyof typeof EXTENSIONS, value: Buffer, critical = false): Buffer {
  return sequence(objectId(EXTENSIONS[name]), ...(critical ? [boolean(true)] : []), octetString(value));
}

function alternativeName(name: string): Buffer {
  return isIP(name) === 0 ? context(2, Buffer.from(name, "ascii"), "primitive") : context(7, addressBytes(name), "primitive");
}

function keyId(key: KeyObject): Buffer {
  return createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest()
    .subarray(0, 20);
}

function pemOf(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" });
}
