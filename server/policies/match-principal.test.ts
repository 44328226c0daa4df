import assert from "node:assert/strict";
import { test } from "node:test";
import { other, own, principals, pushRole } from "../testing/policies.ts";
import type { PolicyStatement } from "./document.ts";
import { gripOf } from "./match-principal.ts";
import { parsePrincipal, type PolicyPrincipal } from "./principal.ts";
import type { RequestPrincipal } from "./request.ts";

const { root, anna, session, federatedUser, service, federated } = principals;
const root_ = `arn:aws:iam::${own}:root`;

function parse(name: string): PolicyPrincipal {
  const type = name.includes("-provider/") ? "Federated" : name.endsWith(".amazonaws.com") ? "Service" : "AWS";
  return parsePrincipal(type, name);
}

const named = (principal: RequestPrincipal, ...names: readonly string[]) =>
  gripOf({ except: false, of: names.map(parse) }, "Allow", principal);
const excepted = (effect: PolicyStatement["effect"], principal: RequestPrincipal, ...names: readonly string[]) =>
  gripOf({ except: true, of: names.map(parse) }, effect, principal) === undefined;

test("everyone is meant by a star, and all of an account by its number or its root user", () => {
  for (const principal of Object.values(principals)) assert.equal(named(principal, "*"), "direct");
  for (const principal of [root, anna, session, federatedUser]) {
    assert.equal(named(principal, own), "account");
    assert.equal(named(principal, root_), "account");
    assert.equal(named(principal, other), undefined);
  }
  for (const principal of [service, federated]) assert.equal(named(principal, own, other), undefined);
});

test("a user, a session, a role, a federated user, a service and a provider are each meant by their own name", () => {
  assert.equal(named(anna, anna.arn), "direct");
  assert.equal(named(anna, `arn:aws:iam::${own}:user/anna`), undefined);
  assert.equal(named(session, session.arn), "direct");
  assert.equal(named(session, pushRole.arn), "role");
  assert.equal(named(session, `arn:aws:iam::${own}:role/push`), undefined);
  assert.equal(named(session, `arn:aws:sts::${own}:assumed-role/push/other`), undefined);
  assert.equal(named(federatedUser, federatedUser.arn), "direct");
  assert.equal(named(service, service.name), "direct");
  assert.equal(named(service, "ecs.amazonaws.com"), undefined);
  assert.equal(named(federated, federated.name), "direct");
  assert.equal(named(federated, `arn:aws:iam::${own}:oidc-provider/other.example.com`), undefined);
  assert.equal(named(anna, "AIDAANNA"), undefined);
});

test("of many names the most direct one counts", () => {
  assert.equal(named(session, own, pushRole.arn, session.arn), "direct");
  assert.equal(named(session, own, pushRole.arn), "role");
  assert.equal(named(session, pushRole.arn, own, "*"), "direct");
});

test("a Deny excepts only those whose account and role are excepted too", () => {
  assert.ok(!excepted("Deny", anna, anna.arn));
  assert.ok(!excepted("Deny", anna, own));
  assert.ok(excepted("Deny", anna, anna.arn, own));
  assert.ok(!excepted("Deny", session, session.arn, own));
  assert.ok(!excepted("Deny", session, pushRole.arn, own));
  assert.ok(excepted("Deny", session, session.arn, pushRole.arn, root_));
  assert.ok(excepted("Deny", root, own));
  assert.ok(excepted("Deny", service, service.name));
  assert.ok(excepted("Deny", anna, "*"));
  assert.ok(!excepted("Deny", anna, other));
});

test("an Allow excepts whoever is meant in any way", () => {
  assert.ok(excepted("Allow", anna, anna.arn));
  assert.ok(excepted("Allow", session, pushRole.arn));
  assert.ok(excepted("Allow", session, own));
  assert.ok(excepted("Allow", root, "*"));
  assert.ok(!excepted("Allow", anna, other));
  assert.ok(!excepted("Allow", anna, session.arn));
});
