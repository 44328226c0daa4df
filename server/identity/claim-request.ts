import { createHash } from "node:crypto";
import type { Principal } from "../kernel/call.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Region } from "../kernel/names.ts";
import type { Sealer } from "../keys/sealer.ts";
import { isSessionKey } from "./access-keys.ts";
import type { BoundedCache } from "./bounded-cache.ts";
import type { KeyHolder, Principals } from "./principals.ts";
import type { UseRecorder } from "./record-uses.ts";
import { openSession } from "./session-credentials.ts";
import { canonicalRequest } from "./sigv4/canonical-request.ts";
import { checkScope, checkTime } from "./sigv4/check-scope.ts";
import { parseSignature, type Signature } from "./sigv4/parse-signature.ts";
import { expiredToken, incomplete, invalid, invalidToken, mismatch } from "./sigv4/refusals.ts";
import { firstUnsigned, groupHeaders, type Headers, headerOf } from "./sigv4/signed-headers.ts";
import { deriveSigningKey, isSameSignature, sign } from "./sigv4/signing-key.ts";

/** A request before its body. Text is one character for one byte, as Node hands it over. */
export interface RequestHead {
  readonly method: string;
  /** As received, before `?`. */
  readonly path: string;
  /** As received, after `?`. */
  readonly query: string;
  /** Name, value, name, value …, as received. */
  readonly rawHeaders: readonly string[];
  /** The service names that a scope may have here; the first one is named in messages. */
  readonly services: readonly string[];
  readonly protocol: "json" | "query";
}

/** Who says to have signed a request, while the body is still to come. Nothing may be done for a claim that is not verified. */
export interface Claim {
  readonly principal: Principal;
  readonly region: Region;
  readonly service: string;
  /** Step two, with the whole body as received, or its hash. Throws InvalidSignatureException. */
  verify(body: Uint8Array | BodyHash): void;
}

/** What a signature covers of a body. */
export interface BodyHash {
  /** In hexadecimal digits. */
  readonly sha256: string;
}

export interface ClaimDeps {
  readonly principals: Principals;
  readonly sealer: Sealer;
  readonly clock: Clock;
  /** How far a client's clock may be from ours, in seconds. */
  readonly skew_s: number;
  /** Signing keys that have verified a request, by key, secret and scope. */
  readonly signingKeys: BoundedCache<Buffer>;
  readonly uses: UseRecorder;
}

/** Checks all that can be checked before the body is read: form, date, scope, coverage, and that the key is known. */
export async function claimRequest(deps: ClaimDeps, head: RequestHead): Promise<Claim> {
  const headers = groupHeaders(head.rawHeaders);
  const signature = parseSignature(headers, head.query, head.protocol);
  checkTime(signature, deps.clock.now(), deps.skew_s);
  const region = checkScope(signature, head.services);
  checkCoverage(signature, headers);
  const holder = await holderOf(deps, signature);
  return {
    principal: holder.principal,
    region,
    service: signature.service,
    verify: (body) => {
      verify(deps.signingKeys, { head, headers, signature, holder }, body);
      noteUse(deps.uses, holder.principal, signature);
    },
  };
}

/** A key was used, or the role that it is a session's of. AWS: other sessions are no use of anything. (API reference, RoleLastUsed) */
function noteUse(uses: UseRecorder, { type, session, entityId }: Principal, signature: Signature): void {
  const { accessKeyId, service, region } = signature;
  if (session === undefined) uses.note({ kind: "key", id: accessKeyId, service, region });
  else if (type === "assumed-role") uses.note({ kind: "role", id: entityId, service, region });
}

function checkCoverage(signature: Signature, headers: Headers): void {
  const unsigned = firstUnsigned(headers, signature.signedHeaders);
  if (unsigned === "host") throw invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  if (unsigned !== undefined) throw invalid(`'${unsigned}' must be a 'SignedHeader' in the AWS Authorization.`);
  const declared = headerOf(headers, "x-amz-content-sha256");
  if (declared === undefined || /^[0-9a-f]{64}$/.test(declared)) return;
  if (declared === "UNSIGNED-PAYLOAD" || declared.startsWith("STREAMING-")) {
    throw invalid(
      `The body must be signed: x-amz-content-sha256 must be its SHA-256, and not '${declared.slice(0, 64)}', which only S3 knows.`,
    );
  }
  throw incomplete("x-amz-content-sha256 must be the SHA-256 of the body in 64 lower-case hexadecimal digits.");
}

async function holderOf(deps: ClaimDeps, signature: Signature): Promise<KeyHolder> {
  const holder = isSessionKey(signature.accessKeyId) ? await sessionHolder(deps, signature) : await keyHolder(deps, signature);
  if (holder !== undefined) return holder;
  // Costs what a known key costs, so that the time tells nothing that the answer does not.
  isSameSignature(sign(deriveSigningKey("", signature), signature.timestamp, signature, ""), signature.bytes);
  throw invalidToken();
}

/** A long-term key must have no token. */
async function keyHolder({ principals }: ClaimDeps, signature: Signature): Promise<KeyHolder | undefined> {
  return signature.securityToken === undefined ? principals.byAccessKey(signature.accessKeyId) : undefined;
}

/** A session's key is what its token says that it is, as long as what it is a session of is there. Throws ExpiredTokenException. */
async function sessionHolder({ principals, sealer, clock }: ClaimDeps, signature: Signature): Promise<KeyHolder | undefined> {
  const token = signature.securityToken ?? "";
  const opened = openSession(sealer, signature.accessKeyId, token);
  if (opened === undefined) return undefined;
  const principal = await principals.current(opened.principal);
  if (principal?.session === undefined) return undefined;
  if (clock.now() >= principal.session.expires_ms) throw expiredToken();
  // The end of a token is its authentication code, and no two tokens have the same.
  return { principal, secretAccessKey: opened.secretAccessKey, secretVersion: token.slice(-22) };
}

interface Signed {
  readonly head: RequestHead;
  readonly headers: Headers;
  readonly signature: Signature;
  readonly holder: KeyHolder;
}

function verify(
  signingKeys: BoundedCache<Buffer>,
  { head, headers, signature, holder }: Signed,
  body: Uint8Array | BodyHash,
): void {
  const payloadHash = body instanceof Uint8Array ? createHash("sha256").update(body).digest("hex") : body.sha256;
  const declared = headerOf(headers, "x-amz-content-sha256");
  if (declared !== undefined && declared !== payloadHash) throw mismatch();
  const { method, path, query } = head;
  const canonical = canonicalRequest({ method, path, query, headers, signedHeaders: signature.signedHeaders, payloadHash });
  if (canonical === undefined) throw mismatch();
  const { accessKeyId, date, region, service } = signature;
  const name = `${accessKeyId}/${holder.secretVersion}/${date}/${region}/${service}`;
  const cached = signingKeys.get(name);
  const key = cached ?? deriveSigningKey(holder.secretAccessKey, signature);
  if (!isSameSignature(sign(key, signature.timestamp, signature, canonical), signature.bytes)) throw mismatch();
  // Only now: a stranger who knows a key id must not be able to push others' keys out of the cache.
  if (cached === undefined) signingKeys.set(name, key);
}
