import type { Session } from "../../kernel/call.ts";
import type { AccountId, Arn } from "../../kernel/names.ts";
import type { IamEntityRow } from "../../platform/metadata/iam-schema.ts";
import type { IamDeps } from "../deps.ts";
import { issueCredentials } from "./issue-credentials.ts";
import { validationError } from "./validation-error.ts";

/** A session of a role that has been asked for. */
export interface NewSession {
  readonly session: Session;
  readonly sessionName: string;
  readonly externalId?: string | undefined;
}

/** AWS: an hour where nobody says more, and where one role assumes another. (STS API reference, AssumeRole) */
export const ROLE_DURATION_DEFAULT_S = 3_600;
const CHAINED_DURATION_S_MAX = 3_600;

/**
 * Checks how long a session may be. Throws ValidationException in AWS's words. (aws-vault's documentation, and many trackers)
 */
export function checkDuration({ session_s_max }: IamEntityRow, duration_s: number, isChained: boolean): void {
  if (isChained && duration_s > CHAINED_DURATION_S_MAX) {
    throw validationError("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.");
  }
  if (duration_s > (session_s_max ?? ROLE_DURATION_DEFAULT_S)) {
    throw validationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  }
}

/** What every operation answers that begins a session of a role. Throws PackedPolicyTooLargeException. */
export function beginRoleSession(deps: IamDeps, role: IamEntityRow, { session, sessionName }: NewSession, size_min?: number) {
  const arn = sessionArn(role, sessionName);
  const userId = `${role.id}:${sessionName}`;
  const account = role.account as AccountId;
  const principal = { type: "assumed-role" as const, account, arn, userId, entityId: role.id, session };
  const issued = issueCredentials(deps, principal, { validFrom_ms: role.sessions_valid_from_ms, size_min });
  return {
    ...issued,
    AssumedRoleUser: { AssumedRoleId: userId, Arn: arn },
    PackedPolicySize: issued.SessionTokenUtilization,
    SourceIdentity: session.sourceIdentity,
  };
}

/** What must be allowed to begin this session: `action`, and what its tags and its source identity ask for beside it. */
export function actionsFor(action: string, { tags, sourceIdentity }: Session): readonly string[] {
  const more = tags.length > 0 ? ["sts:TagSession"] : [];
  return [action, ...more, ...(sourceIdentity === undefined ? [] : ["sts:SetSourceIdentity"])];
}

/** AWS: the ARN of a session does not have the role's path. (IAM User Guide, unique identifiers) */
function sessionArn({ account, name }: IamEntityRow, sessionName: string): Arn {
  return `arn:aws:sts::${account}:assumed-role/${name}/${sessionName}` as Arn;
}
