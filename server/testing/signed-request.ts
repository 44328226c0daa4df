import { createHash } from "node:crypto";
import type { RequestHead } from "../identity/claim-request.ts";
import { formatAmzDate } from "../identity/sigv4/amz-date.ts";
import { canonicalRequest } from "../identity/sigv4/canonical-request.ts";
import { groupHeaders } from "../identity/sigv4/signed-headers.ts";
import { deriveSigningKey, sign } from "../identity/sigv4/signing-key.ts";

/** What a test signs; everything but the key and the time has a usual value. */
export interface SignedRequest {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly time_ms: number;
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly region?: string;
  readonly service?: string;
  /** Headers that are sent but not signed. */
  readonly unsigned?: readonly string[];
}

/** A head with an Authorization header, as a client of AWS would sign it. */
export function signedHead(request: SignedRequest): RequestHead {
  const { method = "POST", path = "/", query = "", region = "us-east-1", service = "ecr", body = "", unsigned = [] } = request;
  const timestamp = formatAmzDate(request.time_ms);
  const sent = { Host: "localhost:4510", "X-Amz-Date": timestamp, ...request.headers };
  const rawHeaders = Object.entries(sent).flat();
  const headers = groupHeaders(rawHeaders);
  const signedHeaders = [...headers.keys()].filter((it) => !unsigned.includes(it)).sort();
  const payloadHash = createHash("sha256").update(body).digest("hex");
  const canonical = canonicalRequest({ method, path, query, headers, signedHeaders, payloadHash }) ?? "";
  const scope = { date: timestamp.slice(0, 8), region, service };
  const signature = sign(deriveSigningKey(request.secretAccessKey, scope), timestamp, scope, canonical).toString("hex");
  const credential = `${request.accessKeyId}/${scope.date}/${region}/${service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders.join(";")}, Signature=${signature}`;
  const services = ["ecr"];
  return { method, path, query, rawHeaders: [...rawHeaders, "Authorization", authorization], services, protocol: "json" };
}
