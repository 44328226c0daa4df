import assert from "node:assert/strict";
import { test } from "node:test";
import { createIdentity } from "../../identity/identity.ts";
import { recordUses } from "../../identity/record-uses.ts";
import type { AccountId } from "../../kernel/names.ts";
import { createAccount } from "../../identity/create-account.ts";
import { openTestIam, type TestIam } from "../../testing/iam.ts";
import { signedHead } from "../../testing/signed-request.ts";

const account = "000000000000" as AccountId;

async function openWithIdentity() {
  const iam = await openTestIam();
  await createAccount(iam, account);
  const uses = recordUses({ ...iam, onError: assert.ifError });
  const identity = createIdentity({ ...iam, uses, skew_s: 300 });
  await iam.call("CreateUser", { UserName: "ann" });
  const claim = async (key: { AccessKeyId: string; SecretAccessKey: string }) => {
    const signer = { accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey };
    const claimed = await identity.claim(signedHead({ ...signer, region: "eu-west-1", time_ms: iam.clock.now() }));
    claimed.verify(Buffer.of());
    return claimed.principal;
  };
  return {
    iam,
    identity,
    uses,
    claim,
    async [Symbol.asyncDispose]() {
      // First: what it still has to write needs the database.
      await uses[Symbol.asyncDispose]();
      await iam[Symbol.asyncDispose]();
    },
  };
}

const createKey = async (iam: TestIam) => (await iam.call("CreateAccessKey", { UserName: "ann" })).AccessKey;

test("a key signs for its user at once, and its secret is told once", async () => {
  await using at = await openWithIdentity();
  const key = await createKey(at.iam);
  assert.deepEqual(Object.keys(key), ["UserName", "AccessKeyId", "Status", "SecretAccessKey", "CreateDate"]);
  assert.equal((await at.claim(key)).arn, `arn:aws:iam::${account}:user/ann`);
  const { SecretAccessKey: _, ...metadata } = key;
  assert.deepEqual((await at.iam.call("ListAccessKeys", { UserName: "ann" })).AccessKeyMetadata, [metadata]);
});

test("a user has two keys at most, active or not", async () => {
  await using at = await openWithIdentity();
  const { AccessKeyId } = await createKey(at.iam);
  await createKey(at.iam);
  await at.iam.call("UpdateAccessKey", { UserName: "ann", AccessKeyId, Status: "Inactive" });
  assert.deepEqual(await at.iam.refusal("CreateAccessKey", { UserName: "ann" }), {
    name: "LimitExceeded",
    message: "Cannot exceed quota for AccessKeysPerUser: 2",
  });
});

test("an inactive key signs nothing, nor does a password that came by it log in, until it is active again", async () => {
  await using at = await openWithIdentity();
  const key = await createKey(at.iam);
  const { AccessKeyId } = key;
  const { password } = at.identity.issueToken(await at.claim(key), "eu-west-1" as never);
  await at.identity.verifyToken(password);
  await at.iam.call("UpdateAccessKey", { UserName: "ann", AccessKeyId, Status: "Inactive" });
  await assert.rejects(at.claim(key), { code: "UnrecognizedClientException" });
  await assert.rejects(at.identity.verifyToken(password), { code: "NotAuthorizedException" });
  await at.iam.call("UpdateAccessKey", { UserName: "ann", AccessKeyId, Status: "Active" });
  await at.claim(key);
  await at.identity.verifyToken(password);
});

test("a user that was made again is not whom a password was for", async () => {
  await using at = await openWithIdentity();
  const key = await createKey(at.iam);
  const { accessKeyId: _, ...withoutKey } = await at.claim(key);
  const { password } = at.identity.issueToken(withoutKey, "eu-west-1" as never);
  await at.identity.verifyToken(password);
  await at.iam.call("DeleteAccessKey", { UserName: "ann", AccessKeyId: key.AccessKeyId });
  await at.iam.call("DeleteUser", { UserName: "ann" });
  await at.iam.call("CreateUser", { UserName: "ann" });
  await assert.rejects(at.identity.verifyToken(password), { code: "NotAuthorizedException" });
});

test("the last use of a key is told, and of one that was never used that it was not", async () => {
  await using at = await openWithIdentity();
  const key = await createKey(at.iam);
  const lastUsed = () => at.iam.call("GetAccessKeyLastUsed", { AccessKeyId: key.AccessKeyId });
  assert.deepEqual(await lastUsed(), {
    UserName: "ann",
    AccessKeyLastUsed: { LastUsedDate: undefined, ServiceName: "N/A", Region: "N/A" },
  });
  await at.claim(key);
  await at.uses.flush();
  assert.deepEqual((await lastUsed()).AccessKeyLastUsed, {
    LastUsedDate: new Date(at.iam.clock.now()),
    ServiceName: "ecr",
    Region: "eu-west-1",
  });
});

test("a key is its owner's alone: by another user's name or in another account it is not there", async () => {
  await using at = await openWithIdentity();
  const { AccessKeyId } = await createKey(at.iam);
  await at.iam.call("CreateUser", { UserName: "bob" });
  const refused = await at.iam.refusal("DeleteAccessKey", { UserName: "bob", AccessKeyId });
  assert.deepEqual(refused, { name: "NoSuchEntity", message: `The Access Key with id ${AccessKeyId} cannot be found.` });
  assert.equal((await at.iam.refusal("DeleteAccessKey", { AccessKeyId })).name, "NoSuchEntity");
  const elsewhere = { registry: { account: "111111111111", region: "us-east-1" } as never };
  assert.equal((await at.iam.refusal("GetAccessKeyLastUsed", { AccessKeyId }, elsewhere)).name, "NoSuchEntity");
  assert.equal((await at.iam.refusal("ListAccessKeys", { UserName: "ann" }, elsewhere)).name, "NoSuchEntity");
});

test("without a name the keys are the caller's, root's too", async () => {
  await using at = await openWithIdentity();
  const { AccessKeyMetadata } = await at.iam.call("ListAccessKeys");
  assert.equal(AccessKeyMetadata.length, 1);
  const { AccessKey } = await at.iam.call("CreateAccessKey");
  assert.equal((await at.claim(AccessKey)).type, "root");
});
