import { issueSession } from "../../identity/session-credentials.ts";
import type { Principal, Session } from "../../kernel/call.ts";
import { RegistryError } from "../../kernel/errors.ts";
import { SESSION_TOKEN_LENGTH_MAX } from "../../kernel/limits.ts";
import type { IamDeps } from "../deps.ts";

/** A principal that has a session, as every one does that credentials are issued to. */
export type SessionPrincipal = Principal & { readonly session: Session };

/** What all operations answer that give temporary credentials. */
export interface IssuedCredentials {
  readonly Credentials: {
    readonly AccessKeyId: string;
    readonly SecretAccessKey: string;
    readonly SessionToken: string;
    readonly Expiration: Date;
  };
  /** Of the longest token that there may be, in per cent. */
  readonly SessionTokenUtilization: number;
  readonly SessionTokenSize: number;
}

/**
 * Credentials for a session. It begins at `validFrom_ms` at the earliest, from when on sessions of its principal are good: whoever
 * begins one in the millisecond in which others were revoked gets one that works. Throws PackedPolicyTooLargeException when its
 * policies and tags make too long a token.
 */
export function issueCredentials(
  { sealer }: Pick<IamDeps, "sealer">,
  { session, ...principal }: SessionPrincipal,
  { validFrom_ms, size_min = 0 }: { readonly validFrom_ms: number; readonly size_min?: number | undefined },
): IssuedCredentials {
  const begun = { ...principal, session: { ...session, issued_ms: Math.max(session.issued_ms, validFrom_ms) } };
  const { accessKeyId, secretAccessKey, sessionToken } = issueSession(sealer, begun, size_min);
  const utilization = Math.ceil((sessionToken.length * 100) / SESSION_TOKEN_LENGTH_MAX);
  if (utilization > 100) throw tooLarge(utilization);
  return {
    Credentials: {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sessionToken,
      Expiration: new Date(session.expires_ms),
    },
    SessionTokenUtilization: utilization,
    SessionTokenSize: sessionToken.length,
  };
}

/** When a session that begins now is over. AWS: times of sessions are whole seconds. */
export function sessionTimes(now_ms: number, duration_s: number): Pick<Session, "issued_ms" | "expires_ms"> {
  return { issued_ms: now_ms, expires_ms: (Math.floor(now_ms / 1000) + duration_s) * 1000 };
}

function tooLarge(utilization: number): RegistryError {
  const sentence = `Packed policy consumes ${utilization}% of allotted space, please use smaller policy.`;
  return new RegistryError("PackedPolicyTooLargeException", sentence);
}
