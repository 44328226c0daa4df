import assert from "node:assert/strict";
import { test } from "node:test";
import { createAccount } from "../../identity/create-account.ts";
import { createIdentity } from "../../identity/identity.ts";
import { recordUses } from "../../identity/record-uses.ts";
import type { AccountId, Region } from "../../kernel/names.ts";
import { openTestIam } from "../../testing/iam.ts";
import { signedHead } from "../../testing/signed-request.ts";

const account = "000000000000" as AccountId;
const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:user/ann` }, Action: "sts:AssumeRole" },
});

/** A role that a user may assume, and requests that are made as it. */
async function openScene() {
  const iam = await openTestIam();
  await createAccount(iam, account);
  const uses = recordUses({ ...iam, onError: assert.ifError });
  const identity = createIdentity({ ...iam, uses, skew_s: 300 });
  const { User } = await iam.call("CreateUser", { UserName: "ann" });
  const { Role } = await iam.call("CreateRole", { RoleName: "puller", AssumeRolePolicyDocument: TRUST });
  const ann = { type: "user", account, arn: User.Arn, userId: User.UserId, entityId: User.UserId, userName: "ann" } as const;
  return {
    iam,
    identity,
    Role,
    /** A principal that a signed request of a new session of the role is made by. */
    async sign(region: string) {
      const { Credentials } = await iam.call("AssumeRole", { RoleArn: Role.Arn, RoleSessionName: "ci" }, { principal: ann });
      const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken } = Credentials;
      const headers = { "X-Amz-Security-Token": SessionToken };
      const head = signedHead({ accessKeyId, secretAccessKey, headers, region, time_ms: iam.clock.now() });
      const claim = await identity.claim(head);
      return { principal: claim.principal, verify: () => claim.verify(Buffer.of()) };
    },
    async lastUsed() {
      await uses.flush();
      return (await iam.call("GetRole", { RoleName: "puller" })).Role.RoleLastUsed;
    },
    async [Symbol.asyncDispose]() {
      await uses[Symbol.asyncDispose]();
      await iam[Symbol.asyncDispose]();
    },
  };
}

test("a role is used when a request of one of its sessions is verified, and not when it is assumed", async () => {
  await using at = await openScene();
  const { verify } = await at.sign("eu-west-1");
  assert.deepEqual(await at.lastUsed(), {});
  verify();
  assert.deepEqual(await at.lastUsed(), { LastUsedDate: new Date(at.iam.clock.now()), Region: "eu-west-1" });
  const { RoleDetailList } = await at.iam.call("GetAccountAuthorizationDetails", { Filter: ["Role"] });
  assert.deepEqual(RoleDetailList[0].RoleLastUsed, await at.lastUsed());
});

test("pulls and pushes are uses of the role, in the region of the password", async () => {
  await using at = await openScene();
  const { principal } = await at.sign("eu-west-1");
  const { password } = at.identity.issueToken(principal, "us-east-1" as Region);
  await at.identity.verifyToken(password);
  assert.equal((await at.lastUsed()).Region, "us-east-1");
});

test("many uses are written every five minutes, the latest one's region with them", async () => {
  await using at = await openScene();
  const first_ms = at.iam.clock.now();
  (await at.sign("eu-west-1")).verify();
  await at.lastUsed();
  at.iam.clock.advance(299_999);
  (await at.sign("us-east-1")).verify();
  assert.deepEqual(await at.lastUsed(), { LastUsedDate: new Date(first_ms), Region: "eu-west-1" });
  at.iam.clock.advance(1);
  (await at.sign("us-east-1")).verify();
  assert.deepEqual(await at.lastUsed(), { LastUsedDate: new Date(at.iam.clock.now()), Region: "us-east-1" });
});
