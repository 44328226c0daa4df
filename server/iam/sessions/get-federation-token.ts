import type { Principal } from "../../kernel/call.ts";
import type { Arn } from "../../kernel/names.ts";
import { operation, type Operation } from "../../kernel/operation.ts";
import { withRequestTags } from "../../kernel/request-tags.ts";
import { structure } from "../../kernel/shape.ts";
import type { IamDeps } from "../deps.ts";
import { sessionsValidFrom } from "../entities.ts";
import { durationOf, refuseSession } from "./get-session-token.ts";
import { issueCredentials, sessionTimes } from "./issue-credentials.ts";
import { checkSessionPolicies, readSessionPolicies, type SessionPolicyInput } from "./session-policies.ts";
import { readSessionTags, type TagInput } from "./session-tags.ts";
import { FEDERATED_NAME, POLICY_ARNS, SESSION_POLICY, TAGS, TOKEN_SIZE_MIN, USER_DURATION_S } from "./shapes.ts";

interface GetFederationTokenInput extends SessionPolicyInput {
  readonly Name: string;
  readonly DurationSeconds?: number;
  readonly Tags?: readonly TagInput[];
  readonly MinimumSessionTokenSize?: number;
}

/** Temporary credentials for somebody whom the caller answers for, who may do what both the caller's and the session's policies allow. */
export function getFederationToken(deps: IamDeps): Operation {
  return operation<GetFederationTokenInput>({
    name: "GetFederationToken",
    errors: [
      "AccessDeniedException",
      "InvalidParameterValueException",
      "MalformedPolicyDocumentException",
      "PackedPolicyTooLargeException",
      "ValidationException",
    ],
    input: structure({
      "Name!": FEDERATED_NAME,
      Policy: SESSION_POLICY,
      PolicyArns: POLICY_ARNS,
      DurationSeconds: USER_DURATION_S,
      Tags: TAGS,
      MinimumSessionTokenSize: TOKEN_SIZE_MIN,
    }),
    asks: ({ Name, Tags }, { principal }) => {
      const resource = federatedUserArn(principal, Name);
      const ask = { action: "sts:GetFederationToken", resource };
      const tagging = Tags === undefined || Tags.length === 0 ? [] : [{ action: "sts:TagSession", resource }];
      return withRequestTags([ask, ...tagging], Tags);
    },
    handle: async ({ principal }, input) => {
      refuseSession(principal, "GetFederationToken");
      const arn = federatedUserArn(principal, input.Name);
      const userId = `${principal.account}:${input.Name}`;
      const session = {
        ...sessionTimes(deps.clock.now(), durationOf(principal, input.DurationSeconds)),
        principalArn: arn,
        ...readSessionPolicies(input, principal.account),
        ...readSessionTags(input.Tags ?? [], [], undefined),
        mfa: false,
        origin: "federation-token" as const,
      };
      await checkSessionPolicies(deps, principal.account, session.policyArns);
      const { userName: _, ...behind } = principal;
      const federated = { ...behind, type: "federated-user" as const, arn, userId, session };
      const validFrom_ms = await deps.metadata.readGlobal((tx) => sessionsValidFrom(tx, principal));
      const issued = issueCredentials(deps, federated, { validFrom_ms, size_min: input.MinimumSessionTokenSize });
      return {
        ...issued,
        FederatedUser: { FederatedUserId: userId, Arn: arn },
        PackedPolicySize: issued.SessionTokenUtilization,
      };
    },
  });
}

function federatedUserArn({ account }: Principal, name: string): Arn {
  return `arn:aws:sts::${account}:federated-user/${name}` as Arn;
}
