import { RegistryError } from "../../kernel/errors.ts";

/**
 * What AWS says when a signature does not do. Codes are those of the JSON protocols; the query protocol has its own names
 * for the same things, and translates. (IAM User Guide, "Troubleshoot Signature Version 4"; AWS SDK issue trackers)
 */
export function missingAuthentication(protocol: "json" | "query"): RegistryError {
  const text = protocol === "json" ? "Missing Authentication Token" : "Request is missing Authentication Token";
  return new RegistryError("MissingAuthenticationTokenException", text);
}

/** The request does not say who signed it, or says it in a form that cannot be read. */
export function incomplete(sentence: string): RegistryError {
  return new RegistryError("IncompleteSignatureException", sentence);
}

/** The request says who signed it, but not in a way that is valid here and now. */
export function invalid(sentence: string): RegistryError {
  return new RegistryError("InvalidSignatureException", sentence);
}

export function mismatch(): RegistryError {
  return invalid(
    "The request signature we calculated does not match the signature you provided. " +
      "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
  );
}

/** An unknown, deactivated or foreign key, or a token that does not belong to it: one text for all, so nothing can be probed. */
export function invalidToken(): RegistryError {
  return new RegistryError("UnrecognizedClientException", "The security token included in the request is invalid.");
}

/** The credentials of a session that is over. (messages of the AWS CLI, in any issue tracker) */
export function expiredToken(): RegistryError {
  return new RegistryError("ExpiredTokenException", "The security token included in the request is expired");
}
