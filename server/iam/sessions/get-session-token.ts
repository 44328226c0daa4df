import type { Principal } from "../../kernel/call.ts";
import { RegistryError } from "../../kernel/errors.ts";
import { operation, type Operation } from "../../kernel/operation.ts";
import { structure } from "../../kernel/shape.ts";
import type { IamDeps } from "../deps.ts";
import { sessionsValidFrom } from "../entities.ts";
import { issueCredentials, sessionTimes } from "./issue-credentials.ts";
import { SERIAL_NUMBER, TOKEN_CODE, TOKEN_SIZE_MIN, USER_DURATION_S } from "./shapes.ts";

interface GetSessionTokenInput {
  readonly DurationSeconds?: number;
  readonly SerialNumber?: string;
  readonly TokenCode?: string;
  readonly MinimumSessionTokenSize?: number;
}

/** AWS: 12 hours for a user and one for root, whatever is asked for. (STS API reference, GetSessionToken) */
const USER_DURATION_DEFAULT_S = 43_200;
const ROOT_DURATION_S_MAX = 3_600;

/** Temporary credentials of the caller itself. */
export function getSessionToken(deps: IamDeps): Operation {
  return operation<GetSessionTokenInput>({
    name: "GetSessionToken",
    errors: ["AccessDeniedException"],
    input: structure({
      DurationSeconds: USER_DURATION_S,
      SerialNumber: SERIAL_NUMBER,
      TokenCode: TOKEN_CODE,
      MinimumSessionTokenSize: TOKEN_SIZE_MIN,
    }),
    // AWS: users need no permission for it. (IAM User Guide, permissions for GetSessionToken)
    asks: "none",
    handle: async ({ principal }, input) => {
      refuseSession(principal, "GetSessionToken");
      refuseMfa(input);
      const session = {
        ...sessionTimes(deps.clock.now(), durationOf(principal, input.DurationSeconds)),
        principalArn: principal.arn,
        policies: [],
        policyArns: [],
        tags: [],
        transitiveTagKeys: [],
        mfa: false,
        origin: "session-token" as const,
      };
      const validFrom_ms = await deps.metadata.readGlobal((tx) => sessionsValidFrom(tx, principal));
      return issueCredentials(deps, { ...principal, session }, { validFrom_ms, size_min: input.MinimumSessionTokenSize });
    },
  });
}

/** How long a session of a long-term key is, in seconds. AWS: root's is cut to an hour. */
export function durationOf({ type }: Principal, duration_s = USER_DURATION_DEFAULT_S): number {
  return type === "root" ? Math.min(duration_s, ROOT_DURATION_S_MAX) : duration_s;
}

/** Throws AccessDeniedException for temporary credentials, which cannot beget others this way. (messages of aws-vault's users) */
export function refuseSession({ session }: Principal, name: string): void {
  if (session === undefined) return;
  throw new RegistryError("AccessDeniedException", `Cannot call ${name} with session credentials`);
}

/** There are no MFA devices here, so no code can be right. Throws AccessDeniedException in AWS's words. */
export function refuseMfa({ SerialNumber, TokenCode }: Pick<GetSessionTokenInput, "SerialNumber" | "TokenCode">): void {
  if (SerialNumber === undefined && TokenCode === undefined) return;
  throw new RegistryError(
    "AccessDeniedException",
    "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
  );
}
