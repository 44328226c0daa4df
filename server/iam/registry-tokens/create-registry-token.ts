import { generateRegistryToken } from "../../identity/registry-tokens.ts";
import type { Principal } from "../../kernel/call.ts";
import { RegistryError } from "../../kernel/errors.ts";
import { REGISTRY_TOKEN_LIFETIME_S, REGISTRY_TOKENS_PER_PRINCIPAL_MAX } from "../../kernel/limits.ts";
import type { Arn } from "../../kernel/names.ts";
import { parseIdentityPolicy } from "../../policies/iam-policies.ts";
import type { IamDeps, IamReader } from "../deps.ts";
import { findByArn } from "../entities.ts";
import { isRevoked } from "../sessions/revoke-sessions.ts";
import { countTokens, insertToken, type RegistryTokenView, rootArn, viewToken } from "./token-rows.ts";

export interface RegistryTokenInput {
  readonly name: string;
  /** A user or role of the account. Absent: the caller, or the role that it is a session of. */
  readonly principalArn?: Arn;
  readonly validForSeconds?: number;
  readonly scopePolicy?: string;
}

/** A token of a role is a session of it under the token's name, so it is named as sessions are. */
export function isTokenName(text: string): boolean {
  return /^[\w+=,.@-]{2,64}$/.test(text);
}

/** The ARN of the user, the role or the root user that a principal's tokens are bound to. */
export function bearerArn({ arn, session, type }: Principal): Arn {
  return type === "assumed-role" ? (session?.principalArn ?? arn) : arn;
}

/**
 * Makes a token, whose password is answered here and never again. Only root makes tokens for root. Throws AccessDeniedException,
 * NoSuchEntityException, LimitExceededException, MalformedPolicyDocumentException.
 */
export async function createRegistryToken(
  { metadata, clock }: Pick<IamDeps, "metadata" | "clock">,
  caller: Principal,
  input: RegistryTokenInput,
): Promise<{ readonly registryToken: RegistryTokenView; readonly password: string }> {
  refuseNarrow(caller);
  if (input.scopePolicy !== undefined) parseIdentityPolicy(input.scopePolicy);
  const { account } = caller;
  const token = generateRegistryToken();
  return metadata.writeGlobal(async (tx) => {
    const bearer = await findBearer(tx, caller, input.principalArn ?? bearerArn(caller));
    const counted = await tx.first(countTokens, { account, principal_id: bearer.id });
    if (Number(counted?.count ?? 0) >= REGISTRY_TOKENS_PER_PRINCIPAL_MAX) throw tooMany();
    const created_ms = Math.max(clock.now(), bearer.sessions_valid_from_ms);
    // A session that was revoked while its request was on its way leaves nothing behind that lasts.
    if (await isRevoked(tx, caller)) throw accessDenied("The session that asks for it has been revoked.");
    const row = {
      id: token.id,
      account,
      principal_id: bearer.id,
      name: input.name,
      secret_sha256: token.secretSha256,
      scope_policy: input.scopePolicy ?? null,
      created_ms,
      expires_ms: created_ms + (input.validForSeconds ?? REGISTRY_TOKEN_LIFETIME_S) * 1000,
      used_ms: null,
    };
    await tx.run(insertToken, row);
    const { kind, name, path } = bearer;
    return { registryToken: viewToken({ ...row, token_name: row.name, kind, name, path }), password: token.password };
  });
}

/**
 * A token may do what its principal may, for months. Whoever holds less than that makes none: a session that policies narrow, and
 * credentials that were given for some hours, with which IAM makes no access keys either.
 */
function refuseNarrow({ session }: Principal): void {
  if (session === undefined) return;
  const { origin, policies, policyArns } = session;
  if (origin === "session-token" || origin === "federation-token") {
    throw accessDenied("Cannot call CreateRegistryToken with session credentials");
  }
  if (policies.length + policyArns.length > 0) {
    throw accessDenied(
      "A session that a session policy narrows cannot make registry tokens, which that policy would not narrow.",
    );
  }
}

function accessDenied(sentence: string): RegistryError {
  return new RegistryError("AccessDeniedException", sentence);
}

interface Bearer {
  readonly id: string;
  readonly kind: string | null;
  readonly name: string | null;
  readonly path: string | null;
  /** A token of a role is a session of it. */
  readonly sessions_valid_from_ms: number;
}

async function findBearer(tx: IamReader, { account, type }: Principal, arn: Arn): Promise<Bearer> {
  if (arn === rootArn(account)) {
    if (type === "root") return { id: account, kind: null, name: null, path: null, sessions_valid_from_ms: 0 };
    throw accessDenied("Only the root user makes registry tokens for the root user.");
  }
  return findByArn(tx, account, arn);
}

function tooMany(): RegistryError {
  return new RegistryError(
    "LimitExceededException",
    `A principal may have at most ${REGISTRY_TOKENS_PER_PRINCIPAL_MAX} registry tokens. Delete one that is not needed.`,
  );
}
