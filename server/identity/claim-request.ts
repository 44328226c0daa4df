import { createHash } from "node:crypto";
import type { Principal } from "../kernel/call.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Region } from "../kernel/names.ts";
import { isSessionKey } from "./access-keys.ts";
import type { BoundedCache } from "./bounded-cache.ts";
import type { KeyHolder, Principals } from "./principals.ts";
import type { KeyUseRecorder } from "./record-key-uses.ts";
import { canonicalRequest } from "./sigv4/canonical-request.ts";
import { checkScope, checkTime } from "./sigv4/check-scope.ts";
import { parseSignature, type Signature } from "./sigv4/parse-signature.ts";
import { incomplete, invalid, invalidToken, mismatch } from "./sigv4/refusals.ts";
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
  /** Step two, with the whole body as received. Throws InvalidSignatureException. */
  verify(body: Uint8Array): void;
}

export interface ClaimDeps {
  readonly principals: Principals;
  readonly clock: Clock;
  /** How far a client's clock may be from ours, in seconds. */
  readonly skew_s: number;
  /** Signing keys that have verified a request, by key, secret and scope. */
  readonly signingKeys: BoundedCache<Buffer>;
  readonly keyUses: KeyUseRecorder;
}

/** Checks all that can be checked before the body is read: form, date, scope, coverage, and that the key is known. */
export async function claimRequest(deps: ClaimDeps, head: RequestHead): Promise<Claim> {
  const headers = groupHeaders(head.rawHeaders);
  const signature = parseSignature(headers, head.query, head.protocol);
  checkTime(signature, deps.clock.now(), deps.skew_s);
  const region = checkScope(signature, head.services);
  checkCoverage(signature, headers);
  const holder = await holderOf(deps.principals, signature);
  return {
    principal: holder.principal,
    region,
    service: signature.service,
    verify: (body) => {
      verify(deps.signingKeys, { head, headers, signature, holder }, body);
      deps.keyUses.note(signature);
    },
  };
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

async function holderOf(principals: Principals, signature: Signature): Promise<KeyHolder> {
  // A session key needs its token, and there are no sessions yet; a long-term key must have none.
  const isPossible = !isSessionKey(signature.accessKeyId) && signature.securityToken === undefined;
  const holder = isPossible ? await principals.byAccessKey(signature.accessKeyId) : undefined;
  if (holder !== undefined) return holder;
  // Costs what a known key costs, so that the time tells nothing that the answer does not.
  isSameSignature(sign(deriveSigningKey("", signature), signature.timestamp, signature, ""), signature.bytes);
  throw invalidToken();
}

interface Signed {
  readonly head: RequestHead;
  readonly headers: Headers;
  readonly signature: Signature;
  readonly holder: KeyHolder;
}

function verify(signingKeys: BoundedCache<Buffer>, { head, headers, signature, holder }: Signed, body: Uint8Array): void {
  const payloadHash = createHash("sha256").update(body).digest("hex");
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
