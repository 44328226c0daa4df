import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestIam, type TestIam } from "../../testing/iam.ts";

const READ_ONLY = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly";

async function withGroup(...users: readonly string[]): Promise<TestIam> {
  const iam = await openTestIam();
  await iam.call("CreateGroup", { GroupName: "devs", Path: "/x/" });
  for (const UserName of users) {
    await iam.call("CreateUser", { UserName });
    await iam.call("AddUserToGroup", { GroupName: "devs", UserName });
  }
  return iam;
}

test("a group tells who is in it in pages, and a user which groups it is in", async () => {
  await using iam = await withGroup("ann", "Bob", "cat");
  await iam.call("AddUserToGroup", { GroupName: "DEVS", UserName: "ANN" });
  const first = await iam.call("GetGroup", { GroupName: "devs", MaxItems: 2 });
  const second = await iam.call("GetGroup", { GroupName: "devs", MaxItems: 2, Marker: first.Marker });
  const names = [...first.Users, ...second.Users].map((it) => it.UserName);
  assert.deepEqual([names, first.IsTruncated, second.IsTruncated], [["ann", "Bob", "cat"], true, false]);
  assert.equal(first.Group.Arn, "arn:aws:iam::000000000000:group/x/devs");
  assert.match(first.Group.GroupId, /^AGPA/);
  assert.deepEqual((await iam.call("ListGroupsForUser", { UserName: "bob" })).Groups, [first.Group]);
  assert.deepEqual((await iam.call("ListGroups", { PathPrefix: "/x/" })).Groups, [first.Group]);
  assert.deepEqual((await iam.call("ListGroups", { PathPrefix: "/y/" })).Groups, []);
});

test("a marker of one list does not continue another", async () => {
  await using iam = await withGroup("ann", "bob");
  const { Marker } = await iam.call("GetGroup", { GroupName: "devs", MaxItems: 1 });
  assert.equal((await iam.refusal("ListUsers", { Marker })).name, "InvalidParameterException");
});

test("a group is not deleted while anybody or any policy is in it", async () => {
  await using iam = await withGroup("ann");
  const GroupName = "devs";
  await iam.call("AttachGroupPolicy", { GroupName, PolicyArn: READ_ONLY });
  const refused = async () => (await iam.refusal("DeleteGroup", { GroupName })).message;
  assert.equal(await refused(), "Cannot delete entity, must remove users from group first.");
  await iam.call("RemoveUserFromGroup", { GroupName, UserName: "ann" });
  assert.equal((await iam.refusal("RemoveUserFromGroup", { GroupName, UserName: "ann" })).name, "NoSuchEntity");
  assert.equal(await refused(), "Cannot delete entity, must detach all policies first.");
  await iam.call("DetachGroupPolicy", { GroupName, PolicyArn: READ_ONLY });
  await iam.call("DeleteGroup", { GroupName });
  assert.equal((await iam.refusal("GetGroup", { GroupName })).message, "The group with name devs cannot be found.");
});

test("a user is in ten groups at most", async () => {
  await using iam = await withGroup("ann");
  const join = async (GroupName: string) => {
    await iam.call("CreateGroup", { GroupName });
    return iam.call("AddUserToGroup", { GroupName, UserName: "ann" });
  };
  for (let number = 2; number <= 10; number++) await join(`g${number}`);
  await iam.call("CreateGroup", { GroupName: "g11" });
  assert.deepEqual(await iam.refusal("AddUserToGroup", { GroupName: "g11", UserName: "ann" }), {
    name: "LimitExceeded",
    message: "Cannot exceed quota for GroupsPerUser: 10",
  });
});

test("a renamed group keeps its users", async () => {
  await using iam = await withGroup("ann");
  await iam.call("UpdateGroup", { GroupName: "devs", NewGroupName: "ops", NewPath: "/" });
  const { Group, Users } = await iam.call("GetGroup", { GroupName: "ops" });
  assert.deepEqual([Group.Arn, Users.length], ["arn:aws:iam::000000000000:group/ops", 1]);
});
