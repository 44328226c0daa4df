import assert from "node:assert/strict";
import { test } from "node:test";
import { rootOf } from "../testing/call.ts";
import { parsePolicyDocument } from "./document.ts";
import { locksOut } from "./lock-out.ts";

const account = "123456789012";

/** Does a Deny of everything for everyone, with these changes, lock the root user out? */
function isLockedOut(statement: object): boolean {
  const whole = { Effect: "Deny", Principal: "*", Action: "*", ...statement };
  const allow = { Effect: "Allow", Principal: "*", Action: "*" };
  return locksOut(parsePolicyDocument(JSON.stringify({ Statement: [allow, whole] })), rootOf(account));
}

test("a Deny of setting policies locks out whom it names, in whatever way", () => {
  for (const Principal of ["*", { AWS: "*" }, { AWS: account }, { AWS: ["111111111111", `arn:aws:iam::${account}:root`] }]) {
    assert.ok(isLockedOut({ Principal }), JSON.stringify(Principal));
  }
  for (const Action of [
    "*",
    "ecr:*",
    "*:*",
    "ecr:SetRepositoryPolicy",
    "ECR:setrepositorypolicy",
    "ecr:Set*",
    "ecr:?et*Policy",
  ]) {
    assert.ok(isLockedOut({ Action }), Action);
  }
  assert.ok(isLockedOut({ Action: undefined, NotAction: ["ecr:BatchGetImage"] }));
  assert.ok(isLockedOut({ Principal: undefined, NotPrincipal: { AWS: "111111111111" } }));
  assert.ok(isLockedOut({ Resource: "*" }));
});

test("a Deny of other things, of others, or on a condition locks nobody out, and neither does an Allow", () => {
  for (const statement of [
    { Effect: "Allow" },
    { Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"] },
    { Action: "ecr:DeleteRepositoryPolicy" },
    { Action: "s3:*" },
    { Action: undefined, NotAction: "ecr:Set*" },
    { Principal: { AWS: "111111111111" } },
    { Principal: { AWS: `arn:aws:iam::${account}:user/anna` } },
    { Principal: { Service: "codebuild.amazonaws.com" } },
    { Principal: undefined, NotPrincipal: { AWS: [`arn:aws:iam::${account}:root`] } },
    { Principal: undefined },
    { Condition: { NotIpAddress: { "aws:SourceIp": "54.240.143.0/24" } } },
  ]) {
    assert.ok(!isLockedOut(statement), JSON.stringify(statement));
  }
});
