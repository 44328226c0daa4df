import { X509Certificate } from "node:crypto";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { testCertificate } from "./certificate.ts";

/** An OIDC issuer on a socket of this machine, with a certificate that only its own authority vouches for. */
export interface OidcIssuer extends AsyncDisposable {
  /** `https://localhost:<port>/<path>`. */
  readonly url: string;
  /** The same as IAM's ARNs have it. */
  readonly name: string;
  /** SHA-1 of its authority's certificate. */
  readonly thumbprint: string;
  /** Paths that were asked for. */
  readonly asked: string[];
  /** Answers in place of its own, by path: `undefined` for no answer at all. */
  readonly answers: Map<string, object | number>;
  keys(): Promise<{ readonly keys: object[] }>;
  /** Signs as nobody knows it yet, and is known by no other key any more. */
  rotate(): Promise<void>;
  /** A token of these claims, beside `iss`, with the issuer's key or another. */
  sign(claims: JWTPayload, changes?: SignChanges): Promise<string>;
}

export interface SignChanges {
  readonly kid?: string;
  /** Not the issuer's key, though it says that it is. */
  readonly forged?: boolean;
  readonly alg?: string;
}

export async function startOidcIssuer({ path = "", alg = "RS256" } = {}): Promise<OidcIssuer> {
  const { authority, certificate, key } = testCertificate();
  const asked: string[] = [];
  const answers = new Map<string, object | number>();
  let number = 0;
  let pair = await generateKeyPair(alg, { extractable: true });
  const kid = (): string => `key-${number}`;
  const keys = async () => ({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: kid(), use: "sig", alg }] });

  const server = createServer({ cert: certificate + authority, key }, async ({ url: asks = "" }, response) => {
    asked.push(asks);
    const own = {
      [`${path}/.well-known/openid-configuration`]: { issuer: url, jwks_uri: `${url}/keys` },
      [`${path}/keys`]: await keys(),
    };
    const answer = answers.get(asks) ?? own[asks] ?? 404;
    if (typeof answer === "number") response.writeHead(answer).end();
    else response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  const { port } = server.address() as AddressInfo;
  const url = `https://localhost:${port}${path}`;

  return {
    url,
    name: url.slice("https://".length),
    thumbprint: new X509Certificate(authority).fingerprint.replaceAll(":", "").toLowerCase(),
    asked,
    answers,
    keys,
    async rotate() {
      number++;
      pair = await generateKeyPair(alg, { extractable: true });
    },
    async sign(claims, changes = {}) {
      const signer = changes.forged === true ? await generateKeyPair(alg) : pair;
      const header = { alg: changes.alg ?? alg, kid: changes.kid ?? kid() };
      return new SignJWT({ iss: url, ...claims }).setProtectedHeader(header).sign(signer.privateKey);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
