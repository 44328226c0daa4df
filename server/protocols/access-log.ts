/** Query parameters whose values may stand in a log. Whatever is not listed may be a secret, and a list of secrets is never whole. */
const LOGGED_PARAMETERS = new Set([
  "Action",
  "Version",
  "X-Amz-Algorithm",
  "X-Amz-Date",
  "X-Amz-Expires",
  "X-Amz-SignedHeaders",
  "artifactType",
  "digest",
  "from",
  "last",
  "mount",
  "n",
  "ns",
  "tag",
]);
const LOGGED_LENGTH_MAX = 1_024;
/** Under this path lie signed download URLs: whoever has the path has the layer. */
const SIGNED_PATH = "/_layers/";

/** A query string with the values of all but harmless parameters masked. */
export function loggedQuery(query: string): string {
  const parameters = query.slice(0, LOGGED_LENGTH_MAX).split("&");
  return parameters
    .map((parameter) => {
      const equals = parameter.indexOf("=");
      const name = equals < 0 ? parameter : parameter.slice(0, equals);
      return LOGGED_PARAMETERS.has(name) ? parameter : `${equals < 0 ? "" : name}***`;
    })
    .join("&");
}

/** A path as the log may show it. */
export function loggedPath(path: string): string {
  if (path.startsWith(SIGNED_PATH)) return `${SIGNED_PATH}***`;
  return path.length > LOGGED_LENGTH_MAX ? path.slice(0, LOGGED_LENGTH_MAX) : path;
}
