import assert from "node:assert/strict";
import { test } from "node:test";
import { repositoryArn } from "../kernel/names.ts";
import type { AccountId, Arn } from "../kernel/names.ts";
import type { Principal } from "../kernel/call.ts";
import { rootOf, testCall, testRegistry } from "../testing/call.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { openTestMetadata } from "../testing/metadata.ts";
import { createAuthorizer } from "./authorizer.ts";
import { parsePolicyDocument } from "./document.ts";
import { locksOut } from "./lock-out.ts";

const account = "123456789012" as AccountId;
const registry = { ...testRegistry, account };
const ask = { action: "ecr:SetRepositoryPolicy", resource: repositoryArn(registry, "app") };

/** Does a policy lock somebody out who has no policies of its own? Root is who asks when nobody else is named. */
async function isLockedOutBy(policy: object, principal: Principal = rootOf(account)): Promise<boolean> {
  const clock = fakeClock();
  await using metadata = await openTestMetadata(clock);
  const authorizer = createAuthorizer({ metadata, clock });
  return await locksOut(authorizer, testCall({ registry, principal }), ask, parsePolicyDocument(JSON.stringify(policy)));
}

/** Does a Deny of everything for everyone, with these changes, lock the root user out? */
function isLockedOut(statement: object): Promise<boolean> {
  const whole = { Effect: "Deny", Principal: "*", Action: "*", ...statement };
  const allow = { Effect: "Allow", Principal: "*", Action: "*" };
  return isLockedOutBy({ Statement: [allow, whole] });
}

test("a Deny of setting policies locks out whom it names, in whatever way", async () => {
  for (const Principal of ["*", { AWS: "*" }, { AWS: account }, { AWS: ["111111111111", `arn:aws:iam::${account}:root`] }]) {
    assert.ok(await isLockedOut({ Principal }), JSON.stringify(Principal));
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
    assert.ok(await isLockedOut({ Action }), Action);
  }
  assert.ok(await isLockedOut({ Action: undefined, NotAction: ["ecr:BatchGetImage"] }));
  assert.ok(await isLockedOut({ Principal: undefined, NotPrincipal: { AWS: "111111111111" } }));
  assert.ok(await isLockedOut({ Resource: "*" }));
  // The caller comes from elsewhere.
  assert.ok(await isLockedOut({ Condition: { NotIpAddress: { "aws:SourceIp": "54.240.143.0/24" } } }));
});

test("a Deny of other things, of others, or on a condition locks nobody out, and neither does an Allow", async () => {
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
    { Condition: { IpAddress: { "aws:SourceIp": "54.240.143.0/24" } } },
  ]) {
    assert.ok(!(await isLockedOut(statement)), JSON.stringify(statement));
  }
});

test("who may set policies by the repository's own policy alone is locked out by one that grants it no more", async () => {
  const arn = `arn:aws:iam::${account}:user/anna` as Arn;
  const anna: Principal = { type: "user", account, arn, userId: "AIDAANNA", entityId: "AIDAANNA", userName: "anna" };
  const grant = (Action: string) => ({ Statement: { Effect: "Allow", Principal: { AWS: arn }, Action } });
  assert.equal(await isLockedOutBy(grant("ecr:SetRepositoryPolicy"), anna), false);
  assert.equal(await isLockedOutBy(grant("ecr:GetRepositoryPolicy"), anna), true);
});
