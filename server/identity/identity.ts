import type { Principal } from "../kernel/call.ts";
import type { Clock } from "../kernel/clock.ts";
import { AUTHORIZATION_TOKEN_LIFETIME_S, CREDENTIALS_CACHED_MAX } from "../kernel/limits.ts";
import type { Region } from "../kernel/names.ts";
import type { Sealer } from "../keys/sealer.ts";
import type { Metadata } from "../platform/metadata/metadata.ts";
import { createMoments, type Moment } from "../platform/metadata/moments.ts";
import { type AuthorizationToken, notAuthorized, openToken, sealToken, tokenExpired } from "./authorization-token.ts";
import { createBoundedCache } from "./bounded-cache.ts";
import { type Claim, claimRequest, type RequestHead } from "./claim-request.ts";
import { createPrincipals } from "./principals.ts";
import { createRegistryTokens, isRegistryToken, registryTokenId } from "./registry-tokens.ts";
import type { UseRecorder } from "./record-uses.ts";

/** Answers one question: who are you? Every process with the same root key and database gives the same answers. */
export interface Identity {
  /**
   * Step one for a signed request: everything that can be checked before the body is read (form, date, scope, key). Throws
   * MissingAuthenticationToken-, IncompleteSignature-, InvalidSignature-, UnrecognizedClient- or ExpiredTokenException.
   */
  claim(head: RequestHead): Promise<Claim>;
  /**
   * A password for `docker login`, good for 12 hours and only as long as the principal, and the key that it came with, are
   * there. ECR: also that of a session which is over before. (aws-actions/amazon-ecr-login#656, containers-roadmap#1447)
   */
  issueToken(principal: Principal, region: Region): { readonly password: string; readonly expires_ms: number };
  /**
   * Whose password this is, also that of a registry token, which is good in every region. Throws NotAuthorizedException
   * (garbage, a dead principal) or ExpiredTokenException.
   */
  verifyToken(password: string): Promise<VerifiedToken>;
}

export interface VerifiedToken {
  readonly principal: Principal;
  readonly region?: Region;
  /** The moment at which it was so, where nothing had to be read: what else is decided at once need not take another one. */
  readonly moment?: Moment | undefined;
}

export interface IdentityDeps {
  readonly metadata: Metadata;
  readonly sealer: Sealer;
  readonly clock: Clock;
  /** How far a client's clock may be from ours, in seconds. */
  readonly skew_s: number;
  readonly uses: UseRecorder;
}

/** What passwords are for. */
const SERVICE = "ecr";

export function createIdentity({ metadata, sealer, clock, skew_s, uses }: IdentityDeps): Identity {
  const moments = createMoments({ metadata, clock });
  const principals = createPrincipals({ metadata, sealer, clock });
  const signingKeys = createBoundedCache<Buffer>(CREDENTIALS_CACHED_MAX);
  // Opened passwords: docker sends the same one with every request, and opening it costs more than serving some of them.
  const tokens = createBoundedCache<AuthorizationToken>(CREDENTIALS_CACHED_MAX);

  const registryTokens = createRegistryTokens({ metadata, clock });

  const opened = (password: string): AuthorizationToken => {
    const token = openToken(sealer, password);
    tokens.set(password, token);
    return token;
  };

  /** A principal as it is now. Throws NotAuthorizedException when it is there no more. */
  function present(principal: Principal, now?: Moment): Principal | Promise<Principal> {
    const current = principals.current(principal, now);
    return current instanceof Promise ? current.then(refuseAbsent) : refuseAbsent(current);
  }

  /** A pull or a push is a use of the role that it is made by. */
  function noteRole({ type, entityId: id }: Principal, region?: Region): void {
    if (type === "assumed-role") uses.note({ kind: "role", id, service: SERVICE, region });
  }

  return {
    claim: (head) => claimRequest({ principals, sealer, clock, skew_s, signingKeys, uses }, head),
    issueToken(principal, region) {
      const issued_ms = clock.now();
      const expires_ms = issued_ms + AUTHORIZATION_TOKEN_LIFETIME_S * 1000;
      return { password: sealToken(sealer, { principal, region, issued_ms, expires_ms }), expires_ms };
    },
    async verifyToken(password) {
      if (isRegistryToken(password)) {
        const bearer = registryTokens.open(password);
        const principal = await present(bearer instanceof Promise ? await bearer : bearer);
        uses.note({ kind: "token", id: registryTokenId(password), service: SERVICE, region: undefined });
        noteRole(principal);
        return { principal };
      }
      const token = tokens.get(password) ?? opened(password);
      if (clock.now() >= token.expires_ms) throw tokenExpired();
      const now = moments.take();
      const current = present(token.principal, now);
      // Not awaited when it is known: this is on the path of every pull.
      const isKnown = !(current instanceof Promise);
      const principal = isKnown ? current : await current;
      noteRole(principal, token.region);
      return { principal, region: token.region, moment: isKnown ? now : undefined };
    },
  };
}

function refuseAbsent(principal: Principal | undefined): Principal {
  if (principal === undefined) throw notAuthorized();
  return principal;
}
