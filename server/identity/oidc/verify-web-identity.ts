import { createLocalJWKSet, decodeJwt, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from "jose";
import type { Clock } from "../../kernel/clock.ts";
import { RegistryError } from "../../kernel/errors.ts";
import { ISSUER_SKEW_S } from "../../kernel/limits.ts";
import { IssuerFault, type IssuerKeys, type OidcProvider } from "./issuer-keys.ts";

/** Who somebody is in the words of an issuer that was believed. */
export interface WebIdentity {
  readonly subject: string;
  readonly audience: string;
  readonly claims: JWTPayload;
}

export interface WebIdentityDeps {
  readonly issuerKeys: IssuerKeys;
  readonly clock: Clock;
}

/** AWS: what a token may be signed with. (IAM User Guide, OIDC federation) */
const ALGORITHMS = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"];
const REQUIRED_CLAIMS = ["aud", "exp", "iat", "iss", "sub"];

/** The issuer that a token names, before anything of it is believed. Throws InvalidIdentityTokenException for what is no token. */
export function issuerOf(token: string): string {
  try {
    const { iss } = decodeJwt(token);
    if (typeof iss === "string") return iss;
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
  }
  // AWS: says this of anything that it cannot read. (aws-sdk issue trackers)
  throw invalid("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)");
}

/**
 * Believes a token of a provider's issuer, or throws InvalidIdentityTokenException (signature, key, audience, claims),
 * IdentityTokenExpiredException, or IdpCommunicationErrorException when the issuer cannot be asked for its keys.
 */
export async function verifyWebIdentity(deps: WebIdentityDeps, provider: OidcProvider, token: string): Promise<WebIdentity> {
  const claims = await verifyAgain(deps, provider, token);
  const { aud, sub = "", iat = 0 } = claims;
  const now_s = deps.clock.now() / 1000;
  if (iat > now_s + ISSUER_SKEW_S) throw invalid("The web identity token was issued in the future.");
  const audience = [aud ?? []].flat().find((it) => provider.clientIds.includes(it));
  if (audience === undefined) throw invalid("Incorrect token audience");
  return { subject: sub, audience, claims };
}

/** A key that is not known may be a new one of the issuer's: then its keys are fetched again. */
async function verifyAgain(deps: WebIdentityDeps, provider: OidcProvider, token: string): Promise<JWTPayload> {
  try {
    return await verifyWith(deps, provider, token, await deps.issuerKeys.of(provider));
  } catch (error) {
    if (!(error instanceof errors.JWKSNoMatchingKey)) throw refusalOf(deps, error);
  }
  try {
    const keys = await deps.issuerKeys.again(provider);
    if (keys === undefined) throw new IssuerFault("none of its keys is the token's");
    return await verifyWith(deps, provider, token, keys);
  } catch (error) {
    throw refusalOf(deps, error);
  }
}

async function verifyWith(
  { clock }: WebIdentityDeps,
  provider: OidcProvider,
  token: string,
  keys: JSONWebKeySet,
): Promise<JWTPayload> {
  const { payload } = await jwtVerify(token, createLocalJWKSet(keys), {
    algorithms: ALGORITHMS,
    issuer: `https://${provider.issuer}`,
    requiredClaims: REQUIRED_CLAIMS,
    clockTolerance: ISSUER_SKEW_S,
    currentDate: new Date(clock.now()),
  });
  return payload;
}

/** What the client is told, in AWS's words where they are known. (configure-aws-credentials#280, #1309; GitLab's troubleshooting) */
function refusalOf({ clock }: WebIdentityDeps, error: unknown): unknown {
  if (error instanceof IssuerFault) {
    const code = error.isSilent ? "IdpCommunicationErrorException" : "InvalidIdentityTokenException";
    return new RegistryError(code, `${NO_KEY} (${error.message})`, {}, { cause: error });
  }
  if (error instanceof errors.JWTExpired) {
    const now_s = Math.floor(clock.now() / 1000);
    const sentence = `Token expired: current date/time ${now_s} must be before the expiration date/time ${error.payload.exp}`;
    return new RegistryError("IdentityTokenExpiredException", sentence);
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    const isMissing = error.reason === "missing";
    return invalid(
      isMissing ? `Missing a required claim: ${error.claim}` : `The claim ${error.claim} of the token does not hold.`,
    );
  }
  if (error instanceof errors.JWKSNoMatchingKey) return invalid(`${NO_KEY} (none of its keys is the token's)`);
  if (error instanceof errors.JOSEError) return invalid(`The web identity token cannot be believed: ${error.message}.`);
  return error;
}

const NO_KEY =
  "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements";

function invalid(sentence: string): RegistryError {
  return new RegistryError("InvalidIdentityTokenException", sentence);
}
