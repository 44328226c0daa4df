/**
 * Does `text` match `pattern`, in which each `*` stands for any run of characters, an empty one too? The pattern covers the
 * whole text. What stands between two stars is taken where it first occurs, so nothing is tried twice, whatever a client has chosen.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  return compileWildcard(pattern)(text);
}

/**
 * The same for a pattern that many texts are held against. The filters of ECR have no other wildcard; the patterns of policies, in
 * which `?` is one and values of variables are none, are policies/pattern.ts.
 */
export function compileWildcard(pattern: string): (text: string) => boolean {
  const [first = "", ...parts] = pattern.split("*");
  const last = parts.pop();
  if (last === undefined) return (text) => text === first;
  return (text) => {
    const end = text.length - last.length;
    if (first.length > end || !text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    for (const part of parts) {
      const found = text.indexOf(part, at);
      if (found === -1) return false;
      at = found + part.length;
    }
    return at <= end;
  };
}

/**
 * Whether a pattern is one for repository names: lower-case letters, digits and stars, and one by one between them `.`, `_`,
 * `-` and `/`. ECR's own patterns for this nest quantifiers.
 */
export function isRepositoryWildcard(pattern: string): boolean {
  return /^[a-z0-9*._/-]+$/.test(pattern) && !/^[._/-]|[._/-]{2}|[._/-]$/.test(pattern);
}
