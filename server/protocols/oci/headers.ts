import type { RepositoryRequest } from "./route.ts";

/** On every answer of /v2/. */
export const API_VERSION = ["Docker-Distribution-Api-Version", "registry/2.0"] as const;

/**
 * A path below the request's repository, as Locations and Links have it. Relative, so that it holds behind any proxy and by
 * any name that the client has for us.
 */
export function locationOf(request: RepositoryRequest, rest: string): string {
  const query = request.namespace === undefined ? "" : `?ns=${encodeURIComponent(request.namespace)}`;
  return `/v2/${request.name}/${rest}${query}`;
}

/** A Link to the next page: the path with `parameters`, of which absent ones are left out. */
export function linkToNext(path: string, parameters: Readonly<Record<string, string | undefined>>): readonly string[] {
  const given = Object.entries(parameters).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]));
  return ["Link", `<${path}?${new URLSearchParams(given).toString()}>; rel="next"`];
}

/** Of all warnings of one answer. (OCI distribution-spec 1.1, Warnings) */
const WARNINGS_BYTES_MAX = 4096;

/** A Warning for each sentence, in the specification's form. The last ones are left out when all would be too long. */
export function warningHeaders(sentences: readonly string[]): readonly string[] {
  const headers: string[] = [];
  let bytes = 0;
  for (const sentence of sentences) {
    const value = `299 - "${sentence.replaceAll(/["\\]/g, "\\$&")}"`;
    bytes += Buffer.byteLength(value);
    if (bytes > WARNINGS_BYTES_MAX) break;
    headers.push("Warning", value);
  }
  return headers;
}
