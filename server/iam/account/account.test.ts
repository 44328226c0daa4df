import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestIam } from "../../testing/iam.ts";

const READ_ONLY = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly";
const DOCUMENT = JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Allow", Action: "ecr:*", Resource: "*" } });

test("an account has one alias, which no other can have", async () => {
  await using iam = await openTestIam();
  const aliases = async () => (await iam.call("ListAccountAliases")).AccountAliases;
  assert.deepEqual(await aliases(), []);
  await iam.call("CreateAccountAlias", { AccountAlias: "first" });
  await iam.call("CreateAccountAlias", { AccountAlias: "second" });
  assert.deepEqual(await aliases(), ["second"]);
  const elsewhere = { registry: { account: "111111111111", region: "us-east-1" } as never };
  assert.equal((await iam.refusal("CreateAccountAlias", { AccountAlias: "second" }, elsewhere)).name, "EntityAlreadyExists");
  assert.equal((await iam.refusal("DeleteAccountAlias", { AccountAlias: "first" })).name, "NoSuchEntity");
  await iam.call("DeleteAccountAlias", { AccountAlias: "second" });
  assert.deepEqual(await aliases(), []);
});

test("the summary counts what there is beside what there may be", async () => {
  await using iam = await openTestIam();
  for (const UserName of ["ann", "bob"]) await iam.call("CreateUser", { UserName });
  await iam.call("CreateGroup", { GroupName: "devs" });
  await iam.call("CreatePolicy", { PolicyName: "all", PolicyDocument: DOCUMENT });
  for (const UserName of ["ann", "bob"]) await iam.call("AttachUserPolicy", { UserName, PolicyArn: READ_ONLY });
  const { SummaryMap } = await iam.call("GetAccountSummary");
  const told = [
    "Users",
    "UsersQuota",
    "Groups",
    "Roles",
    "Policies",
    "PolicyVersionsInUse",
    "AccessKeysPerUserQuota",
    "Providers",
  ];
  assert.deepEqual(
    told.map((it) => SummaryMap.get(it)),
    [2, 5000, 1, 0, 1, 1, 2, 0],
  );
});

test("the details tell of everybody and every policy, once each, in pages of any size", async () => {
  await using iam = await openTestIam();
  await iam.call("CreateUser", { UserName: "ann", Tags: [{ Key: "a", Value: "b" }] });
  await iam.call("CreateUser", { UserName: "bob", PermissionsBoundary: READ_ONLY });
  await iam.call("CreateGroup", { GroupName: "devs" });
  await iam.call("AddUserToGroup", { GroupName: "devs", UserName: "ann" });
  await iam.call("PutGroupPolicy", { GroupName: "devs", PolicyName: "own", PolicyDocument: DOCUMENT });
  await iam.call("CreatePolicy", { PolicyName: "all", PolicyDocument: DOCUMENT });
  await iam.call("AttachUserPolicy", { UserName: "ann", PolicyArn: "arn:aws:iam::000000000000:policy/all" });

  const lists = ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"];
  for (const MaxItems of [1, 2, 100]) {
    const all: any[] = [];
    let Marker: string | undefined;
    do {
      const page = await iam.call("GetAccountAuthorizationDetails", { MaxItems, ...(Marker === undefined ? {} : { Marker }) });
      const items = lists.flatMap((it) => page[it]);
      assert.ok(items.length <= MaxItems);
      all.push(...items);
      ({ Marker } = page);
    } while (Marker !== undefined);
    assert.deepEqual(
      all.map((it) => it.UserName ?? it.GroupName ?? it.PolicyName),
      ["ann", "bob", "devs", "all", "AmazonEC2ContainerRegistryReadOnly"],
    );
    const [ann, bob, devs, policy] = all;
    assert.deepEqual(ann.GroupList, ["devs"]);
    assert.deepEqual(ann.AttachedManagedPolicies, [{ PolicyName: "all", PolicyArn: policy.Arn }]);
    assert.deepEqual(ann.Tags, [{ Key: "a", Value: "b" }]);
    assert.equal(bob.PermissionsBoundary.PermissionsBoundaryArn, READ_ONLY);
    assert.deepEqual(devs.GroupPolicyList, [
      { PolicyName: "own", PolicyDocument: encodeURIComponent(DOCUMENT).replaceAll("*", "%2A") },
    ]);
    assert.equal(decodeURIComponent(policy.PolicyVersionList[0].Document), DOCUMENT);
  }
});

test("the details keep to what they are asked for", async () => {
  await using iam = await openTestIam();
  await iam.call("CreateUser", { UserName: "ann" });
  await iam.call("CreateGroup", { GroupName: "devs" });
  const details = await iam.call("GetAccountAuthorizationDetails", { Filter: ["Group"] });
  assert.deepEqual([details.UserDetailList.length, details.GroupDetailList.length], [0, 1]);
});

test("there is no password policy and no instance profile", async () => {
  await using iam = await openTestIam();
  assert.deepEqual(await iam.refusal("GetAccountPasswordPolicy"), {
    name: "NoSuchEntity",
    message: "The Password Policy with domain name 000000000000 cannot be found.",
  });
  assert.deepEqual(await iam.call("ListInstanceProfiles"), { InstanceProfiles: [], IsTruncated: false });
});
