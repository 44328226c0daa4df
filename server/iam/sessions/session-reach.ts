import type { Principal } from "../../kernel/call.ts";
import { RegistryError } from "../../kernel/errors.ts";

/** AWS: all that the credentials of GetSessionToken and GetFederationToken can call of STS. (IAM User Guide, comparing STS operations) */
const STS_WITH_SESSION_TOKEN = ["AssumeRole", "GetCallerIdentity", "GetSessionToken", "GetFederationToken"];
const STS_WITH_FEDERATION_TOKEN = ["GetCallerIdentity", "GetSessionToken", "GetFederationToken"];

/**
 * Refuses what some temporary credentials cannot call, whatever policies say: IAM without MFA, and most of STS. The two that
 * beget sessions refuse by themselves. Throws UnrecognizedClientException, as IAM does, or AccessDeniedException.
 */
export function checkSessionReach({ session }: Principal, service: "iam" | "sts", operation: string): void {
  if (session?.origin !== "session-token" && session?.origin !== "federation-token") return;
  if (service === "iam") {
    if (session.mfa && session.origin === "session-token") return;
    throw new RegistryError("UnrecognizedClientException", "The security token included in the request is invalid.");
  }
  const open = session.origin === "session-token" ? STS_WITH_SESSION_TOKEN : STS_WITH_FEDERATION_TOKEN;
  if (open.includes(operation)) return;
  throw new RegistryError("AccessDeniedException", `Cannot call ${operation} with session credentials`);
}
