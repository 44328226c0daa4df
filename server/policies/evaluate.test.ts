import assert from "node:assert/strict";
import { test } from "node:test";
import { accessRequest, contextOf, other, own, policyOf, principals, pushRole, repository } from "../testing/policies.ts";
import type { CompiledPolicy } from "./compile.ts";
import { evaluate } from "./evaluate.ts";
import { type ControlPolicies, NO_POLICIES, type PolicySets } from "./policy-sets.ts";
import type { AccessRequest, RequestPrincipal } from "./request.ts";

const { root, anna, session, serviceLinked, federatedUser, service, federated } = principals;
const isDeny = { Effect: "Deny" };
const something = { Action: "ecr:BatchGetImage" };

const identity = [policyOf("identity", {})];
const boundary = policyOf("permissions-boundary", {});
const narrowBoundary = policyOf("permissions-boundary", something);
const narrowSession = [policyOf("session", something)];
const grantTo = (...names: readonly string[]): readonly CompiledPolicy[] => [
  policyOf("resource", { Principal: names[0] === "*" ? "*" : { AWS: names } }),
];
const trusts = (Principal: object): PolicySets => ({
  identity: [],
  resource: [policyOf("role-trust", { Principal, Action: "sts:*" })],
  resourceMustAllow: true,
});

/** What is decided on a request of a principal, to its own account or to another. */
function decide(principal: RequestPrincipal, policies: Partial<PolicySets>, changes: Partial<AccessRequest> = {}): string {
  const { allowed, because } = evaluate(accessRequest({ principal, ...changes }), { ...NO_POLICIES, ...policies });
  return allowed ? "allowed" : because;
}
const abroad = { resource: repository(other), resourceAccount: other };
const lacks = (what: string, action = "ecr:PutImage"): string => `because no ${what} allows the ${action} action`;
const denied = (what: string): string => `with an explicit deny in ${what}`;

test("in one account an identity policy is enough, and without any policy the answer is no", () => {
  assert.equal(decide(anna, {}), lacks("identity-based policy"));
  assert.equal(decide(anna, { identity }), "allowed");
  assert.equal(decide(session, { identity }), "allowed");
  assert.equal(decide(anna, { identity: [policyOf("identity", something)] }), lacks("identity-based policy"));
});

test("a boundary and a session policy limit what identity policies give", () => {
  assert.equal(decide(anna, { identity, boundary }), "allowed");
  assert.equal(decide(anna, { identity, boundary: narrowBoundary }), lacks("permissions boundary"));
  assert.equal(decide(anna, { boundary }), lacks("identity-based policy"));
  assert.equal(decide(session, { identity, session: narrowSession }), lacks("session policy"));
  assert.equal(decide(session, { identity, session: [...narrowSession, policyOf("session", {})] }), "allowed");
  assert.equal(decide(session, { identity, boundary, session: [] }), lacks("session policy"));
  assert.equal(decide(session, { session: [policyOf("session", {})] }), lacks("identity-based policy"));
});

test("in one account a resource policy that names the principal itself is enough, and no limit touches it", () => {
  const limits = { boundary: narrowBoundary, session: narrowSession };
  for (const principal of [anna, session, federatedUser]) {
    assert.equal(decide(principal, { resource: grantTo(principal.arn), ...limits }), "allowed");
    assert.equal(decide(principal, { resource: grantTo("*"), ...limits }), "allowed");
  }
});

test("in one account a grant to a role is limited by its boundary and by the session's policy", () => {
  const resource = grantTo(pushRole.arn);
  assert.equal(decide(session, { resource }), "allowed");
  assert.equal(decide(session, { resource, boundary }), "allowed");
  assert.equal(decide(session, { resource, boundary: narrowBoundary }), lacks("permissions boundary"));
  assert.equal(decide(session, { resource, session: narrowSession }), lacks("session policy"));
  assert.equal(decide(session, { resource: grantTo(pushRole.arn, session.arn), session: narrowSession }), "allowed");
});

test("a grant to everyone under a condition on the role is limited by what denies alone, as IAM's user guide has it", () => {
  const Condition = { ArnEquals: { "aws:PrincipalArn": pushRole.arn } };
  const resource = [policyOf("resource", { Principal: "*", Condition })];
  const context = contextOf({ "aws:principalarn": pushRole.arn });
  const limits = { boundary: narrowBoundary, session: narrowSession };
  assert.equal(decide(session, { resource, ...limits }, { context }), "allowed");
  const denied = decide(session, { resource, session: [policyOf("session", isDeny)] }, { context });
  assert.equal(denied, "with an explicit deny in a session policy");
});

test("in one account a grant to the account leaves it to identity policies", () => {
  const resource = grantTo(own);
  assert.equal(decide(anna, { resource }), lacks("identity-based policy"));
  assert.equal(decide(anna, { resource, identity }), "allowed");
  assert.equal(decide(anna, { resource, identity, boundary: narrowBoundary }), lacks("permissions boundary"));
});

test("across accounts both sides have to allow, however the resource policy names the principal", () => {
  for (const name of ["*", own, anna.arn]) {
    const resource = grantTo(name);
    assert.equal(decide(anna, { resource }, abroad), lacks("identity-based policy"));
    assert.equal(decide(anna, { resource, identity }, abroad), "allowed");
    assert.equal(decide(anna, { resource, identity, boundary: narrowBoundary }, abroad), lacks("permissions boundary"));
    assert.equal(decide(anna, { resource, identity, session: narrowSession }, abroad), lacks("session policy"));
  }
  assert.equal(decide(anna, { identity }, abroad), lacks("resource-based policy"));
  assert.equal(decide(anna, { identity, resource: grantTo(other) }, abroad), lacks("resource-based policy"));
  assert.equal(decide(session, { identity, resource: grantTo(pushRole.arn) }, abroad), "allowed");
});

test("the root user needs no policy at home, and one of the resource abroad", () => {
  assert.equal(decide(root, {}), "allowed");
  assert.equal(decide(root, {}, abroad), lacks("resource-based policy"));
  assert.equal(decide(root, { resource: grantTo(own) }, abroad), "allowed");
  assert.equal(
    decide(root, { resource: [policyOf("resource", { ...isDeny, Principal: "*" })] }),
    denied("a resource-based policy"),
  );
});

test("a Deny anywhere wins over everything, and is called by its kind of policy", () => {
  const everything = { identity, boundary, session: [policyOf("session", {})], resource: grantTo("*") };
  const control = (policy: CompiledPolicy): ControlPolicies => ({ isManagementAccount: false, levels: [[policy]] });
  const all: readonly (readonly [Partial<PolicySets>, string])[] = [
    [{ identity: [policyOf("identity", {}, isDeny)] }, "an identity-based policy"],
    [{ boundary: policyOf("permissions-boundary", {}, isDeny) }, "a permissions boundary"],
    [{ session: [policyOf("session", {}, isDeny)] }, "a session policy"],
    [{ tokenScope: [policyOf("session", {}, isDeny)] }, "a session policy"],
    [{ resource: [policyOf("resource", { Principal: "*" }, { ...isDeny, Principal: "*" })] }, "a resource-based policy"],
    [{ resource: [policyOf("role-trust", { Principal: "*" }, { ...isDeny, Principal: "*" })] }, "the role trust policy"],
    [{ serviceControl: control(policyOf("service-control", {}, isDeny)) }, "a service control policy"],
    [{ resourceControl: control(policyOf("resource-control", { ...isDeny, Principal: "*" })) }, "a resource control policy"],
  ];
  for (const [changes, what] of all) {
    for (const principal of [root, anna]) assert.equal(decide(principal, { ...everything, ...changes }), denied(what));
    assert.equal(decide(anna, { ...everything, ...changes }, abroad), denied(what));
  }
  const elsewhere = policyOf("identity", {}, { ...isDeny, Resource: repository(own, "other") });
  assert.equal(decide(anna, { ...everything, identity: [elsewhere] }), "allowed");
});

test("every level of an organization has to allow, for root too", () => {
  const full = [policyOf("service-control", {})];
  const narrow = [policyOf("service-control", something)];
  const control = (...levels: readonly (readonly CompiledPolicy[])[]) => ({
    serviceControl: { isManagementAccount: false, levels },
  });
  for (const principal of [root, anna]) {
    assert.equal(decide(principal, { identity, ...control() }), "allowed");
    assert.equal(decide(principal, { identity, ...control(full, full, full) }), "allowed");
    assert.equal(decide(principal, { identity, ...control(full, [...narrow, ...full], full) }), "allowed");
    assert.equal(decide(principal, { identity, ...control(full, narrow, full) }), lacks("service control policy"));
    assert.equal(decide(principal, { identity, ...control(full, [], full) }), lacks("service control policy"));
    assert.equal(decide(principal, { identity, ...control(narrow), resource: grantTo("*") }), lacks("service control policy"));
  }
  const resourceControl = { isManagementAccount: false, levels: [[policyOf("resource-control", { Principal: "*" })], []] };
  assert.equal(decide(anna, { identity, resourceControl }), lacks("resource control policy"));
});

test("an organization limits neither its management account nor the roles of services", () => {
  const serviceControl = { isManagementAccount: false, levels: [[policyOf("service-control", isDeny)]] };
  assert.equal(decide(anna, { identity, serviceControl: { ...serviceControl, isManagementAccount: true } }), "allowed");
  assert.equal(decide(serviceLinked, { identity, serviceControl }), "allowed");
  assert.equal(decide(session, { identity, serviceControl }), denied("a service control policy"));
});

test("the scope of a token limits everything, root and direct grants too", () => {
  const tokenScope = [policyOf("session", something)];
  assert.equal(decide(root, { tokenScope }), lacks("session policy"));
  assert.equal(decide(anna, { tokenScope, resource: grantTo(anna.arn) }), lacks("session policy"));
  assert.equal(decide(anna, { identity, tokenScope: [policyOf("session", {})] }), "allowed");
});

test("a role is taken by whom its trust policy names, and by those of its account who may", () => {
  const assume = { action: "sts:AssumeRole", resource: pushRole.arn };
  const lacksTrust = lacks("role trust policy", "sts:AssumeRole");
  assert.equal(decide(anna, trusts({ AWS: anna.arn }), assume), "allowed");
  assert.equal(decide(anna, trusts({ AWS: own }), assume), lacks("identity-based policy", "sts:AssumeRole"));
  assert.equal(decide(anna, { ...trusts({ AWS: own }), identity }, assume), "allowed");
  assert.equal(decide(anna, { ...trusts({ AWS: other }), identity }, assume), lacksTrust);
  assert.equal(decide(root, trusts({ AWS: other }), assume), lacksTrust);
  assert.equal(
    decide(anna, trusts({ AWS: anna.arn }), { ...assume, resourceAccount: other }),
    lacks("identity-based policy", "sts:AssumeRole"),
  );
  assert.equal(decide(anna, { ...trusts({ AWS: own }), identity }, { ...assume, resourceAccount: other }), "allowed");
  const byToken = { action: "sts:AssumeRoleWithWebIdentity", resource: pushRole.arn };
  assert.equal(decide(federated, trusts({ Federated: federated.name }), byToken), "allowed");
  assert.equal(decide(federated, trusts({ AWS: own }), byToken), lacks("role trust policy", "sts:AssumeRoleWithWebIdentity"));
});

test("a service may what a resource policy gives it", () => {
  assert.equal(decide(service, {}), lacks("resource-based policy"));
  assert.equal(decide(service, { resource: [policyOf("resource", { Principal: { Service: service.name } })] }), "allowed");
  assert.equal(decide(service, { resource: grantTo(own) }), lacks("resource-based policy"));
});

test("the policies of a repository and of its registry are one side: either may allow", () => {
  const registry = policyOf("resource", { Principal: { AWS: own }, Resource: "arn:aws:ecr:*:*:repository/app" });
  assert.equal(decide(anna, { identity, resource: [...grantTo(other), registry] }, abroad), "allowed");
  assert.equal(
    decide(anna, { identity, resource: [registry] }, { ...abroad, resource: repository(other, "x") }),
    lacks("resource-based policy"),
  );
});

test("a resource that belongs to nobody is nobody's to use", () => {
  const resource = grantTo("*");
  for (const principal of Object.values(principals)) {
    assert.equal(decide(principal, { identity, resource }, { resourceAccount: undefined }), lacks("resource-based policy"));
  }
});

test("a resource policy that names nobody gives nothing and takes from all", () => {
  assert.equal(decide(anna, { resource: [policyOf("resource", {})] }), lacks("identity-based policy"));
  assert.equal(decide(anna, { identity, resource: [policyOf("resource", isDeny)] }), denied("a resource-based policy"));
});

test("a decision names the statement that it hangs on", () => {
  const policy = policyOf("identity", { ...something, Sid: "Pull" }, { Sid: "Push" }, { ...isDeny, Action: "ecr:Delete*" });
  const by = { type: "identity", policy: "the identity policy" } as const;
  const ask = (action: string) => evaluate(accessRequest({ action }), { ...NO_POLICIES, identity: [policy] });
  assert.deepEqual(ask("ecr:PutImage"), {
    allowed: true,
    because: "the statement 'Push' of the identity policy allows it",
    by: { ...by, sid: "Push", index: 1 },
  });
  assert.deepEqual(ask("ecr:DeleteRepository").by, { ...by, sid: undefined, index: 2 });
  assert.equal(decide(anna, { identity }).includes("statement"), false);
});
