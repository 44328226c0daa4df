/** IAM: a policy comes back percent-encoded as RFC 3986 says, spaces and all. (API reference, GetRolePolicy) */
export function encodeDocument(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (it) => `%${it.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** IAM: how large a policy is held to be: white space is not counted. (IAM User Guide, quotas) */
export function documentSize(text: string): number {
  return text.replace(/\s/g, "").length;
}
