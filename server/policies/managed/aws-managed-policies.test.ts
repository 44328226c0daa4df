import assert from "node:assert/strict";
import { test } from "node:test";
import { compilePolicy } from "../compile.ts";
import { evaluate } from "../evaluate.ts";
import { parseManagedPolicy } from "../iam-policies.ts";
import { parsePolicyDocument } from "../document.ts";
import { NO_POLICIES } from "../policy-sets.ts";
import { rootOf, testRegistry } from "../../testing/call.ts";
import { AWS_MANAGED_POLICIES, awsManagedPolicy } from "./aws-managed-policies.ts";
import { listed } from "./aws-managed-policy.ts";

test("each of AWS's policies has an id, a name and an ARN of its own, and a document that can be one", () => {
  for (const key of ["id", "name", "arn"] as const) {
    assert.equal(new Set(AWS_MANAGED_POLICIES.map((it) => it[key])).size, AWS_MANAGED_POLICIES.length, key);
  }
  for (const { id, name, version, created, updated, text } of AWS_MANAGED_POLICIES) {
    assert.match(id, /^ANPA[A-Z2-7]{17}$/, name);
    assert.match(version, /^v[1-9][0-9]*$/, name);
    assert.ok(Date.parse(created) <= Date.parse(updated), name);
    parseManagedPolicy(text);
  }
});

test("a text of actions names the service of each", () => {
  assert.deepEqual(listed("ecr: PutImage BatchGet*\n  logs: PutLogEvents"), [
    "ecr:PutImage",
    "ecr:BatchGet*",
    "logs:PutLogEvents",
  ]);
});

test("a power user may do all but what is about identities and accounts", () => {
  const { text = "" } = awsManagedPolicy("arn:aws:iam::aws:policy/PowerUserAccess") ?? {};
  const policy = compilePolicy(parsePolicyDocument(text), { type: "identity", name: "PowerUserAccess" });
  const principal = { ...rootOf(testRegistry.account), type: "user" as const };
  const may = (action: string): boolean => {
    const request = {
      principal,
      action,
      resource: "*" as const,
      resourceAccount: testRegistry.account,
      context: () => undefined,
    };
    return evaluate(request, { ...NO_POLICIES, identity: [policy] }).allowed;
  };
  assert.deepEqual(["ecr:PutImage", "sts:AssumeRole", "iam:ListRoles"].map(may), [true, true, true]);
  assert.deepEqual(["iam:CreateUser", "organizations:LeaveOrganization", "account:CloseAccount"].map(may), [false, false, false]);
});
