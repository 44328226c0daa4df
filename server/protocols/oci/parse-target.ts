/** What stands behind `/v2/` in a path. */
export type TargetKind = "base" | "catalog" | "manifest" | "blob" | "uploads" | "upload" | "tags" | "referrers";

/** A path in its parts, not yet checked: `name` may not be a repository's and `reference` may be anything. */
export interface Target {
  readonly kind: TargetKind;
  readonly name: string;
  /** The last segment, with percent-escapes undone: a tag, a digest or an upload's id. */
  readonly reference: string;
}

const BASE: Target = { kind: "base", name: "", reference: "" };
const CATALOG: Target = { kind: "catalog", name: "", reference: "" };
const NAME_START = "/v2/".length;

/**
 * Takes a path apart, or undefined when no route has this form. It is read from the right, since a name may hold any of
 * the words that routes are made of: `/v2/a/manifests/manifests/x` is the manifest `x` of the repository `a/manifests`.
 */
export function parseTarget(path: string): Target | undefined {
  if (path === "/v2/" || path === "/v2") return BASE;
  if (path === "/v2/_catalog") return CATALOG;
  if (!path.startsWith("/v2/")) return undefined;
  const slash = path.lastIndexOf("/");
  const last = path.slice(slash + 1);
  return (
    under(path, slash, "/manifests", "manifest", last) ??
    under(path, slash, "/blobs/uploads", last === "" ? "uploads" : "upload", last) ??
    under(path, slash, "/blobs", last === "uploads" ? "uploads" : "blob", last) ??
    under(path, slash, "/referrers", "referrers", last) ??
    (last === "list" ? under(path, slash, "/tags", "tags", "") : undefined)
  );
}

/** The target when `words` stand right before the last slash and something stands before them. */
function under(path: string, slash: number, words: string, kind: TargetKind, reference: string): Target | undefined {
  const nameEnd = slash - words.length;
  if (nameEnd <= NAME_START || !path.startsWith(words, nameEnd)) return undefined;
  return { kind, name: path.slice(NAME_START, nameEnd), reference: unescape(reference) };
}

/** Some clients escape a digest's colon. What comes out is checked against a grammar without slashes, dots alone or escapes. */
function unescape(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
