import type { Call, Principal, Session } from "../../kernel/call.ts";
import { RegistryError } from "../../kernel/errors.ts";
import type { Arn } from "../../kernel/names.ts";
import { operation, type Operation } from "../../kernel/operation.ts";
import { structure } from "../../kernel/shape.ts";
import type { IamDeps } from "../deps.ts";
import type { Authorizer } from "../../policies/authorizer.ts";
import { sessionContext } from "./assume-context.ts";
import { findRole, parseRoleArn } from "./find-role.ts";
import { refuseMfa } from "./get-session-token.ts";
import { sessionTimes } from "./issue-credentials.ts";
import { mayAssume } from "./may-assume.ts";
import { isRevoked } from "./revoke-sessions.ts";
import { actionsFor, beginRoleSession, checkDuration, ROLE_DURATION_DEFAULT_S } from "./role-session.ts";
import { checkSessionPolicies, readSessionPolicies, type SessionPolicyInput } from "./session-policies.ts";
import { readSessionTags, type TagInput } from "./session-tags.ts";
import * as shapes from "./shapes.ts";

interface AssumeRoleInput extends SessionPolicyInput {
  readonly RoleArn: string;
  readonly RoleSessionName: string;
  readonly DurationSeconds?: number;
  readonly Tags?: readonly TagInput[];
  readonly TransitiveTagKeys?: readonly string[];
  readonly ExternalId?: string;
  readonly SerialNumber?: string;
  readonly TokenCode?: string;
  readonly SourceIdentity?: string;
  readonly MinimumSessionTokenSize?: number;
}

const INPUT = structure({
  "RoleArn!": shapes.ROLE_ARN,
  "RoleSessionName!": shapes.SESSION_NAME,
  PolicyArns: shapes.POLICY_ARNS,
  Policy: shapes.ROLE_SESSION_POLICY,
  DurationSeconds: shapes.ROLE_DURATION_S,
  Tags: shapes.TAGS,
  TransitiveTagKeys: shapes.TAG_KEYS,
  ExternalId: shapes.EXTERNAL_ID,
  SerialNumber: shapes.SERIAL_NUMBER,
  TokenCode: shapes.TOKEN_CODE,
  SourceIdentity: shapes.SOURCE_IDENTITY,
  MinimumSessionTokenSize: shapes.TOKEN_SIZE_MIN,
});

/** Temporary credentials of a role, for whom its trust policy names. */
export function assumeRole(deps: IamDeps & { readonly authorizer: Authorizer }): Operation {
  return operation<AssumeRoleInput>({
    name: "AssumeRole",
    errors: [
      "AccessDeniedException",
      "InvalidParameterValueException",
      "MalformedPolicyDocumentException",
      "PackedPolicyTooLargeException",
      "ValidationException",
    ],
    input: INPUT,
    // Asked below: the role's own policy decides, in whatever account the role is.
    asks: "none",
    handle: async (call, input) => {
      const wanted = parseRoleArn(input.RoleArn);
      if (call.principal.type === "root") throw accessDenied("Roles may not be assumed by root accounts.");
      refuseMfa(input);
      const { principal } = call;
      const duration_s = input.DurationSeconds ?? ROLE_DURATION_DEFAULT_S;
      const policies = readSessionPolicies(input, wanted.account);
      const session = sessionFor(call, input, { ...sessionTimes(deps.clock.now(), duration_s), ...policies });
      const asked = { session, sessionName: input.RoleSessionName, externalId: input.ExternalId };
      const role = await findRole(deps.metadata, wanted);
      const question = { actions: actionsFor("sts:AssumeRole", session), context: sessionContext(asked) };
      const may = await mayAssume(deps.authorizer, call, { ...wanted, role }, question);
      // AWS: the same words for a role that is not there.
      if (!may || role === undefined) throw denied(principal, wanted.arn);
      // A session that was revoked since it was let in does not live on in another one. Looked at after the role was read, so that
      // no revocation falls between the two.
      const isOver = principal.session !== undefined && (await deps.metadata.readGlobal((tx) => isRevoked(tx, principal)));
      if (isOver) throw denied(principal, wanted.arn);
      await checkSessionPolicies(deps, wanted.account, session.policyArns);
      checkDuration(role, duration_s, principal.type === "assumed-role");
      return beginRoleSession(deps, role, asked, input.MinimumSessionTokenSize);
    },
  });
}

type Given = Pick<Session, "issued_ms" | "expires_ms" | "policies" | "policyArns">;

function sessionFor({ principal }: Call, input: AssumeRoleInput, given: Given): Session {
  const caller = principal.session;
  const sourceIdentity = keepSourceIdentity(principal, input);
  return {
    ...given,
    principalArn: input.RoleArn as Arn,
    ...readSessionTags(input.Tags ?? [], input.TransitiveTagKeys ?? [], caller),
    ...(sourceIdentity !== undefined && { sourceIdentity }),
    mfa: false,
    origin: "assume-role",
  };
}

/** AWS: a source identity goes on to every role after, and cannot be changed. (IAM User Guide, source identity) */
function keepSourceIdentity(principal: Principal, { RoleArn, SourceIdentity }: AssumeRoleInput): string | undefined {
  const set = principal.session?.sourceIdentity;
  if (set !== undefined && SourceIdentity !== undefined && SourceIdentity !== set) {
    throw accessDenied(`User: ${principal.arn} is not authorized to perform: sts:SetSourceIdentity on resource: ${RoleArn}`);
  }
  return set ?? SourceIdentity;
}

function denied({ arn }: Principal, role: string): RegistryError {
  return accessDenied(`User: ${arn} is not authorized to perform: sts:AssumeRole on resource: ${role}`);
}

function accessDenied(sentence: string): RegistryError {
  return new RegistryError("AccessDeniedException", sentence);
}
