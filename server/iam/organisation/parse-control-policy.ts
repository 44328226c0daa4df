import { RegistryError } from "../../kernel/errors.ts";
import { parsePolicyDocument } from "../../policies/document.ts";
import { PolicyFault } from "../../policies/elements.ts";
import { CONTROL_POLICY_LENGTH_MAX } from "./limits.ts";

/**
 * Checks the text of a service control policy: one of an identity's, whose statements name no principals and say on what they
 * are about. Throws MalformedPolicyDocumentException, ConstraintViolationException.
 */
export function checkControlPolicy(text: string): void {
  if (text.length > CONTROL_POLICY_LENGTH_MAX) {
    throw new RegistryError("ConstraintViolationException", "You have exceeded the maximum size of a service control policy.", {
      Reason: "POLICY_CONTENT_LIMIT_EXCEEDED",
    });
  }
  try {
    for (const { principals, resources } of parsePolicyDocument(text).statements) {
      if (principals !== undefined) throw new PolicyFault("Statement", "must not have a Principal or NotPrincipal");
      if (resources === undefined) throw new PolicyFault("Statement", "must have a Resource or NotResource");
    }
  } catch (error) {
    if (!(error instanceof PolicyFault)) throw error;
    throw new RegistryError(
      "MalformedPolicyDocumentException",
      `The provided policy document does not meet the requirements of the specified policy type. ${error.message}.`,
      {},
      { cause: error },
    );
  }
}
