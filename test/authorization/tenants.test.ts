import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestIam } from "../../server/testing/iam.ts";
import { rootOf, testRegistry } from "../../server/testing/call.ts";
import type { AccountId } from "../../server/kernel/names.ts";
import { addAccount } from "../../server/identity/create-account.ts";

const OTHER = "111111111111" as AccountId;

test("IAM answers for what another account has as for what nobody has", async () => {
  await using iam = await openTestIam();
  await iam.metadata.writeGlobal((tx) => addAccount(tx, OTHER, 0));
  const eve = { principal: rootOf(OTHER), registry: { ...testRegistry, account: OTHER } };
  const document = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "ecr:*", Resource: "*" }] });
  const trust = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: testRegistry.account }, Action: "sts:AssumeRole" }],
  });
  const [theirs, nobodys] = ["theirs-alone", "nobody-at-all"];
  const PolicyArn = `arn:aws:iam::${testRegistry.account}:policy/${theirs}`;
  const OpenIDConnectProviderArn = `arn:aws:iam::${testRegistry.account}:oidc-provider/${theirs}.example.com`;
  await iam.call("CreateUser", { UserName: theirs });
  await iam.call("CreateGroup", { GroupName: theirs });
  await iam.call("CreateRole", { RoleName: theirs, AssumeRolePolicyDocument: trust });
  await iam.call("CreatePolicy", { PolicyName: theirs, PolicyDocument: document });
  await iam.call("CreateOpenIDConnectProvider", { Url: `https://${theirs}.example.com` });
  const { AccessKey } = await iam.call("CreateAccessKey", { UserName: theirs });
  await iam.call("CreateUser", { UserName: "eve" }, eve);

  const [key, noKey] = [AccessKey.AccessKeyId as string, `AKIA${"A".repeat(16)}`];
  const asked: readonly (readonly [operation: string, input: object])[] = [
    ["GetUser", { UserName: theirs }],
    ["ListAccessKeys", { UserName: theirs }],
    ["GetGroup", { GroupName: theirs }],
    ["GetRole", { RoleName: theirs }],
    ["UpdateAssumeRolePolicy", { RoleName: theirs, PolicyDocument: trust }],
    ["GetPolicy", { PolicyArn }],
    ["ListPolicyVersions", { PolicyArn }],
    ["GetPolicyVersion", { PolicyArn, VersionId: "v1" }],
    ["ListEntitiesForPolicy", { PolicyArn }],
    ["TagPolicy", { PolicyArn, Tags: [] }],
    ["DeletePolicy", { PolicyArn }],
    ["AttachUserPolicy", { UserName: "eve", PolicyArn }],
    ["PutUserPermissionsBoundary", { UserName: "eve", PermissionsBoundary: PolicyArn }],
    ["UpdateAccessKey", { UserName: "eve", AccessKeyId: key, Status: "Inactive" }],
    ["DeleteAccessKey", { UserName: "eve", AccessKeyId: key }],
    ["GetAccessKeyLastUsed", { AccessKeyId: key }],
    ["GetOpenIDConnectProvider", { OpenIDConnectProviderArn }],
    ["DeleteOpenIDConnectProvider", { OpenIDConnectProviderArn }],
  ];
  const nobodysName = (text: string): string => text.replaceAll(theirs, nobodys).replaceAll(key, noKey);
  for (const [operation, input] of asked) {
    const answer = async (it: object): Promise<string> => {
      const { name, message } = await iam.refusal(operation, { ...it }, eve);
      return nobodysName(`${name}: ${message}`);
    };
    assert.equal(await answer(input), await answer(JSON.parse(nobodysName(JSON.stringify(input)))), operation);
  }
});
