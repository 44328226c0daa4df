import type { Egress } from "../../platform/egress/egress.ts";
import { createIssuerKeys } from "../../identity/oidc/issuer-keys.ts";
import { issuerOf, verifyWebIdentity } from "../../identity/oidc/verify-web-identity.ts";
import type { Session } from "../../kernel/call.ts";
import { RegistryError } from "../../kernel/errors.ts";
import type { Arn } from "../../kernel/names.ts";
import { unsignedOperation, type UnsignedOperation } from "../../kernel/operation.ts";
import { structure } from "../../kernel/shape.ts";
import type { DenialRecorder } from "../../policies/denials/record-denials.ts";
import type { IamDeps } from "../deps.ts";
import { sessionContext, unsignedContext } from "./assume-context.ts";
import { findProvider } from "./find-provider.ts";
import { findRole, parseRoleArn } from "./find-role.ts";
import { sessionTimes } from "./issue-credentials.ts";
import { mayFederate } from "./may-assume.ts";
import { actionsFor, beginRoleSession, checkDuration, ROLE_DURATION_DEFAULT_S } from "./role-session.ts";
import { checkSessionPolicies, readSessionPolicies, type SessionPolicyInput } from "./session-policies.ts";
import * as shapes from "./shapes.ts";
import { claimContext, readTokenSession } from "./token-claims.ts";

interface WebIdentityDeps extends IamDeps {
  readonly egress: Egress;
  /** Hears of whoever was refused by the role's trust policy, and not of tokens that were not believed. */
  readonly denials: Pick<DenialRecorder, "note">;
}

interface WebIdentityInput extends SessionPolicyInput {
  readonly RoleArn: string;
  readonly RoleSessionName: string;
  readonly WebIdentityToken: string;
  readonly ProviderId?: string;
  readonly DurationSeconds?: number;
  readonly MinimumSessionTokenSize?: number;
}

const INPUT = structure({
  "RoleArn!": shapes.ROLE_ARN,
  "RoleSessionName!": shapes.SESSION_NAME,
  "WebIdentityToken!": shapes.WEB_IDENTITY_TOKEN,
  ProviderId: shapes.PROVIDER_ID,
  PolicyArns: shapes.POLICY_ARNS,
  Policy: shapes.SESSION_POLICY,
  DurationSeconds: shapes.ROLE_DURATION_S,
  MinimumSessionTokenSize: shapes.TOKEN_SIZE_MIN,
});

/** Temporary credentials of a role, for whoever has a token of an OIDC issuer that the role's account has registered. */
export function assumeRoleWithWebIdentity(deps: WebIdentityDeps): UnsignedOperation {
  const issuerKeys = createIssuerKeys(deps);
  return unsignedOperation<WebIdentityInput>({
    name: "AssumeRoleWithWebIdentity",
    errors: [
      "AccessDeniedException",
      "IdentityTokenExpiredException",
      "IdpCommunicationErrorException",
      "InvalidIdentityTokenException",
      "InvalidParameterValueException",
      "MalformedPolicyDocumentException",
      "PackedPolicyTooLargeException",
      "ValidationException",
    ],
    input: INPUT,
    handle: async (call, input) => {
      const wanted = parseRoleArn(input.RoleArn);
      const issuer = issuerOf(input.WebIdentityToken);
      const provider = await findProvider(deps.metadata, wanted.account, issuer);
      if (provider === undefined) throw noProvider(issuer);
      const identity = await verifyWebIdentity({ issuerKeys, clock: deps.clock }, provider, input.WebIdentityToken);

      const providerArn = `arn:aws:iam::${wanted.account}:oidc-provider/${provider.issuer}`;
      const duration_s = input.DurationSeconds ?? ROLE_DURATION_DEFAULT_S;
      const session: Session = {
        ...sessionTimes(deps.clock.now(), duration_s),
        principalArn: input.RoleArn as Arn,
        ...readSessionPolicies(input, wanted.account),
        ...readTokenSession(identity.claims),
        federatedProvider: providerArn,
        mfa: false,
        origin: "web-identity",
      };
      const asked = { session, sessionName: input.RoleSessionName };
      const context = {
        // First, so that an issuer of a strange name says nothing that is not its to say.
        ...claimContext(provider.issuer, identity),
        ...unsignedContext(call, deps.clock.now()),
        ...sessionContext(asked),
        "aws:federatedprovider": [providerArn],
      };
      const actions = actionsFor("sts:AssumeRoleWithWebIdentity", session);
      const role = await findRole(deps.metadata, wanted);
      const { audience, subject } = identity;
      const bearer = { type: "federated" as const, name: providerArn, bearer: { audience, subject } };
      const may = mayFederate(bearer, { ...wanted, role }, { actions, context }, (decided) =>
        deps.denials.note({ ...decided, requestId: call.requestId, decided_ms: deps.clock.now() }),
      );
      if (!may || role === undefined) throw notAuthorized();
      await checkSessionPolicies(deps, wanted.account, session.policyArns);
      checkDuration(role, duration_s, false);
      return {
        ...beginRoleSession(deps, role, asked, input.MinimumSessionTokenSize),
        SubjectFromWebIdentityToken: subject,
        Audience: audience,
        Provider: providerArn,
      };
    },
  });
}

/** AWS's words. (aws-actions/configure-aws-credentials#280, #690) */
function noProvider(issuer: string): RegistryError {
  const sentence = `No OpenIDConnect provider found in your account for ${issuer.slice(0, ISSUER_QUOTED_LENGTH_MAX)}`;
  return new RegistryError("InvalidIdentityTokenException", sentence);
}

function notAuthorized(): RegistryError {
  return new RegistryError("AccessDeniedException", "Not authorized to perform sts:AssumeRoleWithWebIdentity");
}

const ISSUER_QUOTED_LENGTH_MAX = 255;
