import assert from "node:assert/strict";
import { test } from "node:test";
import type { Arn } from "../kernel/names.ts";
import { accessRequest, contextOf, documentOf, policyOf } from "../testing/policies.ts";
import { compilePolicy, type PolicyType } from "./compile.ts";
import { evaluate } from "./evaluate.ts";
import { NO_POLICIES } from "./policy-sets.ts";
import type { AccessRequest } from "./request.ts";

/** Does an identity policy of this one statement allow the request? */
function allows(statement: object, changes: Partial<AccessRequest> = {}): boolean {
  return evaluate(accessRequest(changes), { ...NO_POLICIES, identity: [policyOf("identity", statement)] }).allowed;
}

/** Does one of this Deny, beside an Allow of all? */
function denies(statement: object, changes: Partial<AccessRequest> = {}): boolean {
  const identity = [policyOf("identity", {}, { ...statement, Effect: "Deny" })];
  return !evaluate(accessRequest(changes), { ...NO_POLICIES, identity }).allowed;
}

const app = "arn:aws:ecr:us-east-1:111111111111:repository/app";
const toResource = (resource: string): Partial<AccessRequest> => ({ resource: resource as Arn | "*" });

test("actions are told apart by name and not by case, with wildcards anywhere", () => {
  for (const action of [
    "ecr:PutImage",
    "ECR:putimage",
    "ecr:*",
    "*",
    "ecr:Put*",
    "ecr:*Image",
    "ecr:?utImage",
    "ecr:P*t*e",
    "*:*",
  ]) {
    assert.ok(allows({ Action: action }), action);
    assert.ok(!allows({ NotAction: action }), action);
  }
  for (const action of [
    "ecr:BatchGetImage",
    "ecr:PutImag",
    "ecr:PutImage?",
    "ecr-public:*",
    "s3:*",
    "ecr:Put",
    "ecr:NoSuchAction",
  ]) {
    assert.ok(!allows({ Action: action }), action);
    assert.ok(allows({ NotAction: action }), action);
  }
  assert.ok(allows({ Action: ["s3:*", "ecr:PutImage"] }));
  assert.ok(!allows({ NotAction: ["s3:*", "ecr:PutImage"] }));
});

test("a resource is matched part by part; a star crosses colons and slashes in the last part only", () => {
  for (const pattern of [
    "*",
    app,
    "arn:aws:ecr:*:*:repository/*",
    "arn:aws:ecr:us-east-?:111111111111:repository/a*",
    "arn:*:*:*:*:*",
    "arn:aws:ecr:us-east-1:111111111111:*app",
  ]) {
    assert.ok(allows({ Resource: pattern }), pattern);
    assert.ok(!allows({ NotResource: pattern }), pattern);
  }
  for (const pattern of [
    "arn:aws:ecr:us-east-1:111111111111:repository/App",
    "arn:aws:ecr:us-east-1:111111111111:repository/app/",
    "arn:aws:ecr:us-east-1:222222222222:repository/app",
    "arn:aws:ecr:*:repository/app:x:y",
    "arn:aws:ecr:us-*:111111111111:*:app",
    "arn:aws:ecr::111111111111:repository/app",
  ]) {
    assert.ok(!allows({ Resource: pattern }), pattern);
    assert.ok(allows({ NotResource: pattern }), pattern);
  }
  assert.ok(allows({ Resource: "arn:aws:ecr:*:*:repository/*" }, toResource(`${app}/with:colon/deep`)));
});

test("an action without a resource is allowed on all resources only", () => {
  assert.ok(allows({ Resource: "*" }, toResource("*")));
  assert.ok(!allows({ Resource: app }, toResource("*")));
  assert.ok(!allows({ Resource: "arn:*:*:*:*:*" }, toResource("*")));
  assert.ok(allows({ NotResource: app }, toResource("*")));
});

test("the last part of an ARN may hold variables, whose values are never wildcards", () => {
  const ofAnna = { Resource: "arn:aws:ecr:*:*:repository/${aws:username}/*" };
  const anna = contextOf({ "aws:username": "anna" });
  const in_ = (name: string, context = anna) => ({ ...toResource(app.replace("app", name)), context });
  assert.ok(allows(ofAnna, in_("anna/app")));
  assert.ok(!allows(ofAnna, in_("bob/app")));
  assert.ok(!allows(ofAnna, in_("bob/app", contextOf({ "aws:username": "*" }))));
  assert.ok(!allows(ofAnna, in_("anna/app", contextOf({}))));
  assert.ok(allows({ Resource: "arn:aws:ecr:*:*:repository/${aws:username, 'all'}/*" }, in_("all/app", contextOf({}))));
  assert.ok(
    allows(
      { Resource: "arn:aws:ecr:*:*:repository/${aws:PrincipalTag/team}${$}" },
      in_("a$", contextOf({ "aws:principaltag/team": "a" })),
    ),
  );
  // Before the fifth colon there are none, so this is a region of that name.
  assert.ok(
    !allows(
      { Resource: "arn:aws:ecr:${aws:RequestedRegion}:111111111111:repository/app" },
      { context: contextOf({ "aws:requestedregion": "us-east-1" }) },
    ),
  );
});

test("a variable that the request does not have gives nothing to an Allow and excepts nothing from a Deny", () => {
  const home = "arn:aws:ecr:*:*:repository/${aws:username}";
  assert.ok(!allows({ Resource: home }));
  assert.ok(!allows({ NotResource: home }));
  assert.ok(!denies({ Resource: home }));
  assert.ok(denies({ NotResource: home }));
  assert.ok(allows({ Resource: [home, app] }));
  assert.ok(!denies({ NotResource: [home, app] }));
});

test("before 2012-10-17 there are no variables in resources", () => {
  const document = documentOf([{ Resource: "arn:aws:ecr:*:*:repository/${aws:username}" }], "2008-10-17");
  const identity = [compilePolicy(document, { type: "identity", name: "old" })];
  const context = contextOf({ "aws:username": "app" });
  assert.equal(evaluate(accessRequest({ context }), { ...NO_POLICIES, identity }).allowed, false);
});

test("what is attached to its resource is about that; any other policy that names none fails closed", () => {
  const compiled = (type: PolicyType, statement: object) => compilePolicy(documentOf([statement]), { type, name: type });
  const everyone = { Principal: "*" };
  const policies = { ...NO_POLICIES, resource: [compiled("resource", everyone)] };
  assert.equal(evaluate(accessRequest(), policies).allowed, true);
  assert.equal(evaluate(accessRequest(), { ...NO_POLICIES, identity: [compiled("identity", {})] }).allowed, false);
  const deny = [policyOf("identity", {}), compiled("identity", { Effect: "Deny" })];
  assert.equal(evaluate(accessRequest(), { ...NO_POLICIES, identity: deny }).allowed, false);
});

test("the longest policy that there may be is compared with the longest texts in good time", () => {
  const stars = "a*".repeat(2_500);
  const long = `*${"a".repeat(500)}b`;
  const context = contextOf({ "aws:useragent": "a".repeat(1_024) });
  const resource = `arn:aws:ecr:us-east-1:111111111111:repository/${"a".repeat(250)}`;
  const Resource = [`arn:aws:ecr:*:*:${stars}b`, ...Array.from({ length: 10 }, () => `arn:aws:ecr:*:*:${long}`)];
  const Condition = { StringLike: { "aws:UserAgent": [`${stars}b`, ...Array.from({ length: 10 }, () => long)] } };
  for (let times = 0; times < 20; times++) {
    assert.ok(!allows({ Resource }, { ...toResource(resource) }));
    assert.ok(!allows({ Condition }, { context }));
  }
});
