import type { Principal } from "../kernel/call.ts";
import { RegistryError } from "../kernel/errors.ts";
import { AUTHORIZATION_TOKEN_LENGTH_MAX } from "../kernel/limits.ts";
import { parseAccountId, parseRegion, type Region } from "../kernel/names.ts";
import { fromSealedText, toSealedText } from "../keys/sealed-text.ts";
import type { Sealer } from "../keys/sealer.ts";
import { rootOf } from "./principals.ts";

/** What `docker login` gets: who it is for, the region that made it, and until when it is good. */
export interface AuthorizationToken {
  readonly principal: Principal;
  readonly region: Region;
  readonly issued_ms: number;
  readonly expires_ms: number;
}

const VERSION = 1;

/** The password: base64url, since AWS's own clients split at the first colon and docker at white space. */
export function sealToken(sealer: Sealer, token: AuthorizationToken): string {
  const { principal, region, issued_ms, expires_ms } = token;
  const { type, account, userId: id, arn } = principal;
  const text = JSON.stringify({ v: VERSION, type, id, arn, account, region, issued_ms, expires_ms });
  return toSealedText(sealer.seal("authorization-token", Buffer.from(text)));
}

/** What a password says. Throws NotAuthorizedException for anything that was not sealed here. Looks at no clock. */
export function openToken(sealer: Sealer, password: string): AuthorizationToken {
  if (password.length > AUTHORIZATION_TOKEN_LENGTH_MAX) throw notAuthorized();
  const plain = sealer.open("authorization-token", fromSealedText(password));
  if (plain === undefined) throw notAuthorized();
  const said = JSON.parse(plain.toString()) as Record<string, unknown>;
  const account = parseAccountId(String(said["account"]));
  const region = parseRegion(String(said["region"]));
  const issued_ms = Number(said["issued_ms"]);
  const expires_ms = Number(said["expires_ms"]);
  const isRoot = said["type"] === "root" && said["id"] === account;
  // Sealed here, but by another version, which knew of more than we do.
  if (said["v"] !== VERSION || account === undefined || region === undefined || !isRoot) throw notAuthorized();
  return { principal: rootOf(account), region, issued_ms, expires_ms };
}

export function notAuthorized(): RegistryError {
  return new RegistryError("NotAuthorizedException", "Your Authorization Token is invalid.");
}

/** ECR: clients match this text. (rules_img issue 715) */
export function tokenExpired(): RegistryError {
  return new RegistryError("ExpiredTokenException", "Your authorization token has expired. Reauthenticate and try again.");
}
