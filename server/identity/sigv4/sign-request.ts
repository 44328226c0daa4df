import { createHash } from "node:crypto";
import type { AccessKey } from "../access-keys.ts";
import { formatAmzDate } from "./amz-date.ts";
import { canonicalRequest } from "./canonical-request.ts";
import { type Headers } from "./signed-headers.ts";
import { deriveSigningKey, sign } from "./signing-key.ts";

/** A request as it is about to be sent. Its headers have `host` and `x-amz-date` among them. */
export interface RequestToSign {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Headers;
  readonly body: Uint8Array | string;
  readonly region: string;
  readonly service: string;
  readonly time_ms: number;
}

/** The `Authorization` header of a request by SigV4 that covers these of its headers (in lower case): all of them where none are named. */
export function authorizationOf(
  request: RequestToSign,
  { accessKeyId, secretAccessKey }: AccessKey,
  signed: readonly string[] = [...request.headers.keys()],
): string {
  const { method, path, query, headers, body, region, service } = request;
  const timestamp = formatAmzDate(request.time_ms);
  const scope = { date: timestamp.slice(0, 8), region, service };
  const signedHeaders = signed.toSorted();
  const payloadHash = createHash("sha256").update(body).digest("hex");
  const canonical = canonicalRequest({ method, path, query, headers, signedHeaders, payloadHash }) ?? "";
  const signature = sign(deriveSigningKey(secretAccessKey, scope), timestamp, scope, canonical).toString("hex");
  const credential = `${accessKeyId}/${scope.date}/${region}/${service}/aws4_request`;
  return `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders.join(";")}, Signature=${signature}`;
}
