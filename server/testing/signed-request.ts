import type { RequestHead } from "../identity/claim-request.ts";
import { formatAmzDate } from "../identity/sigv4/amz-date.ts";
import { authorizationOf } from "../identity/sigv4/sign-request.ts";
import { groupHeaders } from "../identity/sigv4/signed-headers.ts";

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
  const sent = { Host: "localhost:4510", "X-Amz-Date": formatAmzDate(request.time_ms), ...request.headers };
  const rawHeaders = Object.entries(sent).flat();
  const headers = groupHeaders(rawHeaders);
  const signedHeaders = [...headers.keys()].filter((it) => !unsigned.includes(it));
  const toSign = { method, path, query, headers, body, region, service, time_ms: request.time_ms };
  const authorization = authorizationOf(toSign, request, signedHeaders);
  const services = ["ecr"];
  return { method, path, query, rawHeaders: [...rawHeaders, "Authorization", authorization], services, protocol: "json" };
}
