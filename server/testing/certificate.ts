import { issueCertificate, makeAuthority } from "../commands/certificates.ts";

/** A certificate for `localhost`, and the authority that a client must trust to believe it. All PEM. */
export function testCertificate(): { readonly authority: string; readonly certificate: string; readonly key: string } {
  const authority = makeAuthority();
  return { authority: authority.certificate, ...issueCertificate(authority, ["localhost"]) };
}
