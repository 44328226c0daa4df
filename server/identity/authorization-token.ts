import type { Principal } from "../kernel/call.ts";
import { RegistryError } from "../kernel/errors.ts";
import { AUTHORIZATION_TOKEN_LENGTH_MAX } from "../kernel/limits.ts";
import type { AccountId, Region } from "../kernel/names.ts";
import { fromSealedText, toSealedText } from "../keys/sealed-text.ts";
import type { Sealer } from "../keys/sealer.ts";
import { packPrincipal, unpackPrincipal } from "./packed-principal.ts";
import { rootOf } from "./principals.ts";

/** What `docker login` gets: who it is for, the region that made it, and until when it is good. */
export interface AuthorizationToken {
  readonly principal: Principal;
  readonly region: Region;
  readonly issued_ms: number;
  readonly expires_ms: number;
}

/** What a token of the first release says, which knew root only. It is JSON. */
interface RootToken extends Omit<AuthorizationToken, "principal"> {
  readonly account: AccountId;
}
const JSON_BEGINS = "{".charCodeAt(0);

/** The password: base64url, since AWS's own clients split at the first colon and docker at white space. */
export function sealToken(sealer: Sealer, token: AuthorizationToken): string {
  const { principal, ...beside } = token;
  return toSealedText(sealer.seal("authorization-token", packPrincipal(principal, beside)));
}

/** What a password says. Throws NotAuthorizedException for anything that was not sealed here. Looks at no clock. */
export function openToken(sealer: Sealer, password: string): AuthorizationToken {
  if (password.length > AUTHORIZATION_TOKEN_LENGTH_MAX) throw notAuthorized();
  const plain = sealer.open("authorization-token", fromSealedText(password));
  if (plain === undefined) throw notAuthorized();
  if (plain[0] === JSON_BEGINS) {
    const { account, region, issued_ms, expires_ms } = JSON.parse(plain.toString()) as RootToken;
    return { principal: rootOf(account), region, issued_ms, expires_ms };
  }
  const token = unpackPrincipal<Omit<AuthorizationToken, "principal">>(plain);
  if (token === undefined) throw notAuthorized();
  return token;
}

export function notAuthorized(): RegistryError {
  return new RegistryError("NotAuthorizedException", "Your Authorization Token is invalid.");
}

/** ECR: clients match this text. (rules_img issue 715) */
export function tokenExpired(): RegistryError {
  return new RegistryError("ExpiredTokenException", "Your authorization token has expired. Reauthenticate and try again.");
}
