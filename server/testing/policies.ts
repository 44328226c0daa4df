import { compilePolicy, type CompiledPolicy, type PolicyType } from "../policies/compile.ts";
import { parsePolicyDocument, type PolicyDocument } from "../policies/document.ts";
import type { AccessRequest, RequestContext, RequestPrincipal } from "../policies/request.ts";
import type { Principal } from "../kernel/call.ts";
import type { AccountId, Arn } from "../kernel/names.ts";

export const own = "111111111111" as AccountId;
export const other = "222222222222" as AccountId;

/** A session of a role of the account `own`. */
function sessionOf(path: string, role: string, id: string, name: string): Principal {
  return {
    type: "assumed-role",
    account: own,
    arn: `arn:aws:sts::${own}:assumed-role/${role}/${name}` as Arn,
    userId: `${id}:${name}`,
    entityId: id,
    session: {
      issued_ms: 0,
      expires_ms: 1,
      principalArn: `arn:aws:iam::${own}:role${path}${role}` as Arn,
      policies: [],
      policyArns: [],
      tags: [],
      transitiveTagKeys: [],
      mfa: false,
      origin: "assume-role",
    },
  };
}

/** The role of `principals.session`. */
export const pushRole = { arn: `arn:aws:iam::${own}:role/ci/push` as Arn, id: "AROAPUSH" };

/** Principals of the account `own`, and those without one. */
export const principals = {
  root: { type: "root", account: own, arn: `arn:aws:iam::${own}:root` as Arn, userId: own, entityId: own },
  anna: {
    type: "user",
    account: own,
    arn: `arn:aws:iam::${own}:user/dev/anna` as Arn,
    userId: "AIDAANNA",
    entityId: "AIDAANNA",
  },
  session: sessionOf("/ci/", "push", pushRole.id, "build"),
  serviceLinked: sessionOf(
    "/aws-service-role/replication.ecr.amazonaws.com/",
    "AWSServiceRoleForECRReplication",
    "AROAREPLICATION",
    "ecr",
  ),
  federatedUser: {
    type: "federated-user",
    account: own,
    arn: `arn:aws:sts::${own}:federated-user/bob` as Arn,
    userId: `${own}:bob`,
    entityId: "AIDAANNA",
  },
  service: { type: "service", name: "replication.ecr.amazonaws.com" },
  federated: { type: "federated", name: `arn:aws:iam::${own}:oidc-provider/token.example.com` },
} as const satisfies Record<string, RequestPrincipal>;

export const repository = (account: AccountId, name = "app"): Arn => `arn:aws:ecr:us-east-1:${account}:repository/${name}` as Arn;

/** A context from its keys, which are written in lower case. */
export function contextOf(keys: Readonly<Record<string, string | readonly string[]>>): RequestContext {
  return (key) => {
    const values = Object.hasOwn(keys, key) ? keys[key] : undefined;
    return typeof values === "string" ? [values] : values;
  };
}

/** Anna puts an image into a repository of her own account. */
export function accessRequest(changes: Partial<AccessRequest> = {}): AccessRequest {
  return {
    principal: principals.anna,
    action: "ecr:PutImage",
    resource: repository(own),
    resourceAccount: own,
    context: contextOf({}),
    ...changes,
  };
}

/** A document of these statements; each is an Allow of everything, but for what it says. */
export function documentOf(statements: readonly object[], version = "2012-10-17"): PolicyDocument {
  return parsePolicyDocument(
    JSON.stringify({ Version: version, Statement: statements.map((it) => ({ Effect: "Allow", ...fillIn(it), ...it })) }),
  );
}

function fillIn(statement: object): object {
  return "NotAction" in statement ? {} : { Action: "*" };
}

/** A policy of a type with these statements. Those that are not attached to a resource are about all of them. */
export function policyOf(type: PolicyType, ...statements: readonly object[]): CompiledPolicy {
  const isAttached = type === "resource" || type === "role-trust";
  const all = statements.map((it) => (isAttached || "Resource" in it || "NotResource" in it ? it : { Resource: "*", ...it }));
  return compilePolicy(documentOf(all), { type, name: `the ${type} policy` });
}
