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
