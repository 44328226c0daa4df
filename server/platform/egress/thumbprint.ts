import { isIP, type LookupFunction } from "node:net";
import { connect, type DetailedPeerCertificate } from "node:tls";
import { hostOf } from "./allowance.ts";

/** How a connection finds its address, and how long it may take. */
export interface Connection {
  readonly lookup: LookupFunction;
  readonly signal: AbortSignal;
  /** In milliseconds, how long it may be silent. */
  readonly timeout?: number;
}

const CHAIN_LENGTH_MAX = 10;
const HTTPS_PORT = 443;
/** What TLS says of a server whose certificate leads to no authority that it knows. */
const UNTRUSTED: ReadonlySet<string | undefined> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

export function isUntrusted(error: unknown): boolean {
  return UNTRUSTED.has((error as NodeJS.ErrnoException).code);
}

/**
 * The certificate (PEM) in a server's chain that one of the thumbprints is of. Nothing is trusted by that yet: the server has
 * still to prove, to a connection that knows this certificate alone, that it is vouched for. Throws what the connection does.
 */
export async function findAnchor(
  url: URL,
  thumbprints: readonly string[],
  { lookup, signal }: Connection,
): Promise<string | undefined> {
  const wanted = new Set(thumbprints.map((it) => it.toLowerCase()));
  if (wanted.size === 0) return undefined;
  const host = hostOf(url);
  const name = isIP(host) === 0 ? { servername: host } : {};
  const port = Number(url.port || HTTPS_PORT);
  return new Promise((resolve, reject) => {
    const end = (): void => void socket.destroy(signal.reason as Error);
    const socket = connect({ host, port, ...name, lookup, rejectUnauthorized: false }, () => {
      const certificate = chainOf(socket.getPeerCertificate(true)).find((it) => wanted.has(thumbprintOf(it)));
      socket.destroy();
      resolve(certificate && pemOf(certificate.raw));
    });
    signal.addEventListener("abort", end, { once: true });
    socket.on("error", reject).on("close", () => signal.removeEventListener("abort", end));
  });
}

/** From the server's own certificate upwards, as it was sent. */
function chainOf(first: DetailedPeerCertificate): readonly DetailedPeerCertificate[] {
  const chain: DetailedPeerCertificate[] = [];
  let certificate: DetailedPeerCertificate | undefined = first;
  while (certificate?.raw !== undefined && chain.length < CHAIN_LENGTH_MAX && !chain.includes(certificate)) {
    chain.push(certificate);
    certificate = certificate.issuerCertificate;
  }
  return chain;
}

function thumbprintOf({ fingerprint }: DetailedPeerCertificate): string {
  return fingerprint.replaceAll(":", "").toLowerCase();
}

function pemOf(raw: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${raw.toString("base64")}\n-----END CERTIFICATE-----\n`;
}
