import { accountExists } from "../../identity/access-keys.ts";
import { rootOf } from "../../identity/principals.ts";
import type { Principal } from "../../kernel/call.ts";
import { RegistryError } from "../../kernel/errors.ts";
import { type AccountId, type Arn, parseAccountId } from "../../kernel/names.ts";
import type { IamEntityRow } from "../../platform/metadata/iam-schema.ts";
import type { IamReader } from "../deps.ts";
import { entityArn, findEntity } from "../entities.ts";

/** What a session of a role is called where nobody has begun one. */
const ASSUMED_SESSION = "explain";

/**
 * The principal with this ARN, as if it came with a request now: the root user of an account, a user, a role (as a session of it
 * without policies of its own) or a session of a role. Throws NoSuchEntityException with a sentence.
 */
export async function findPrincipal(tx: IamReader, arn: string): Promise<Principal> {
  const [prefix, , service, region, owner = "", ...rest] = arn.split(":");
  const account = parseAccountId(owner);
  if (prefix !== "arn" || region !== "" || account === undefined) throw noPrincipal(arn);
  if ((await tx.first(accountExists, { account })) === undefined) throw noPrincipal(arn);
  const found = await FIND[service ?? ""]?.(tx, account, rest.join(":").split("/"));
  // A name is found in whatever case; its ARN is one.
  if (found === undefined || (found.arn !== arn && found.session?.principalArn !== arn)) throw noPrincipal(arn);
  return found;
}

type Find = (tx: IamReader, account: AccountId, steps: readonly string[]) => Promise<Principal | undefined>;

/** By the service in the ARN. */
const FIND: Readonly<Record<string, Find>> = {
  async iam(tx, account, [kind, ...steps]) {
    if (kind === "root") return rootOf(account);
    if (kind !== "user" && kind !== "role") return undefined;
    return principalOf(await findEntity(tx, account, kind, steps.at(-1) ?? ""));
  },
  async sts(tx, account, [kind, role, session, ...more]) {
    if (kind !== "assumed-role" || role === undefined || session === undefined || more.length > 0) return undefined;
    return sessionOf(await findEntity(tx, account, "role", role), session);
  },
};

/** A user, or a session of a role. */
export function principalOf(entity: IamEntityRow): Principal {
  if (entity.kind === "role") return sessionOf(entity, ASSUMED_SESSION);
  const { id, name } = entity;
  return {
    type: "user",
    account: entity.account as AccountId,
    arn: entityArn(entity),
    userId: id,
    entityId: id,
    userName: name,
  };
}

function sessionOf(role: IamEntityRow, session: string): Principal {
  return {
    type: "assumed-role",
    account: role.account as AccountId,
    arn: `arn:aws:sts::${role.account}:assumed-role/${role.name}/${session}` as Arn,
    userId: `${role.id}:${session}`,
    entityId: role.id,
    session: {
      issued_ms: 0,
      expires_ms: Number.MAX_SAFE_INTEGER,
      principalArn: entityArn(role),
      policies: [],
      policyArns: [],
      tags: [],
      transitiveTagKeys: [],
      mfa: false,
      origin: "assume-role",
    },
  };
}

function noPrincipal(arn: string): RegistryError {
  return new RegistryError(
    "NoSuchEntityException",
    `There is no principal ${arn} here: name a root user, a user, a role or a session.`,
  );
}
