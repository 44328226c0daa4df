import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestIam } from "../../testing/iam.ts";

const ACCOUNT = "000000000000";
const READ_ONLY = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly";
const DOCUMENT = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "ecr:*", Resource: "*" }],
});

test("a user is what was said of it, and found under its name in any case", async () => {
  await using iam = await openTestIam();
  const Tags = [{ Key: "team", Value: "one" }];
  const { User } = await iam.call("CreateUser", { UserName: "Ann", Path: "/team/", Tags, PermissionsBoundary: READ_ONLY });
  assert.match(User.UserId, /^AIDA[A-Z2-7]{17}$/);
  assert.deepEqual(User, {
    Path: "/team/",
    UserName: "Ann",
    UserId: User.UserId,
    Arn: `arn:aws:iam::${ACCOUNT}:user/team/Ann`,
    CreateDate: new Date(iam.clock.now()),
    PermissionsBoundary: { PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: READ_ONLY },
    Tags,
  });
  assert.deepEqual((await iam.call("GetUser", { UserName: "ann" })).User, User);
  const { PermissionsBoundary: _boundary, Tags: _tags, ...listed } = User;
  assert.deepEqual((await iam.call("ListUsers")).Users, [listed]);
});

test("names are unique whatever their case, and one that is not there is said so", async () => {
  await using iam = await openTestIam();
  await iam.call("CreateUser", { UserName: "ann" });
  assert.deepEqual(await iam.refusal("CreateUser", { UserName: "ANN" }), {
    name: "EntityAlreadyExists",
    message: "User with name ANN already exists.",
  });
  assert.deepEqual(await iam.refusal("GetUser", { UserName: "bob" }), {
    name: "NoSuchEntity",
    message: "The user with name bob cannot be found.",
  });
  const PermissionsBoundary = `arn:aws:iam::${ACCOUNT}:policy/none`;
  const refused = await iam.refusal("CreateUser", { UserName: "bob", PermissionsBoundary });
  assert.deepEqual(refused.message, `Scope ARN: ${PermissionsBoundary} does not exist or is not attachable.`);
  await iam.refusal("GetUser", { UserName: "bob" });
});

test("a renamed user stays who it is", async () => {
  await using iam = await openTestIam();
  const { User } = await iam.call("CreateUser", { UserName: "ann" });
  await iam.call("CreateUser", { UserName: "bob" });
  assert.equal((await iam.refusal("UpdateUser", { UserName: "ann", NewUserName: "Bob" })).name, "EntityAlreadyExists");
  await iam.call("UpdateUser", { UserName: "ann", NewUserName: "ANN", NewPath: "/x/" });
  const found = (await iam.call("GetUser", { UserName: "ann" })).User;
  assert.deepEqual([found.UserId, found.Arn], [User.UserId, `arn:aws:iam::${ACCOUNT}:user/x/ANN`]);
});

test("lists come in pages in the order of names, and keep to a path", async () => {
  await using iam = await openTestIam();
  for (const name of ["c", "A", "b"]) await iam.call("CreateUser", { UserName: name, Path: name === "b" ? "/in/" : "/" });
  const names: string[] = [];
  let Marker: string | undefined;
  do {
    const page = await iam.call("ListUsers", { MaxItems: 2, ...(Marker === undefined ? {} : { Marker }) });
    names.push(...page.Users.map((it: any) => it.UserName));
    Marker = page.Marker;
    assert.equal(page.IsTruncated, Marker !== undefined);
  } while (Marker !== undefined);
  assert.deepEqual(names, ["A", "b", "c"]);
  const { Users } = await iam.call("ListUsers", { PathPrefix: "/in" });
  assert.deepEqual(
    Users.map((it: any) => it.UserName),
    ["b"],
  );
});

test("a user is not deleted while it has keys, policies or groups, and then is", async () => {
  await using iam = await openTestIam();
  const UserName = "ann";
  await iam.call("CreateUser", { UserName, Tags: [{ Key: "a", Value: "b" }] });
  await iam.call("CreateGroup", { GroupName: "devs" });
  await iam.call("AddUserToGroup", { UserName, GroupName: "devs" });
  await iam.call("AttachUserPolicy", { UserName, PolicyArn: READ_ONLY });
  await iam.call("PutUserPolicy", { UserName, PolicyName: "own", PolicyDocument: DOCUMENT });
  const { AccessKey } = await iam.call("CreateAccessKey", { UserName });
  const steps: [string, object, string][] = [
    ["RemoveUserFromGroup", { GroupName: "devs" }, "must remove users from group first."],
    ["DetachUserPolicy", { PolicyArn: READ_ONLY }, "must detach all policies first."],
    ["DeleteUserPolicy", { PolicyName: "own" }, "must delete policies first."],
    ["DeleteAccessKey", { AccessKeyId: AccessKey.AccessKeyId }, "must delete access keys first."],
  ];
  for (const [operation, input, why] of steps) {
    const refused = await iam.refusal("DeleteUser", { UserName });
    assert.deepEqual(refused, { name: "DeleteConflict", message: `Cannot delete entity, ${why}` });
    await iam.call(operation, { UserName, ...input });
  }
  await iam.call("DeleteUser", { UserName });
  assert.equal((await iam.refusal("DeleteUser", { UserName })).name, "NoSuchEntity");
  await iam.call("CreateUser", { UserName });
  assert.deepEqual((await iam.call("ListUserTags", { UserName })).Tags, []);
});

test("GetUser without a name is about the caller, whose sessions have to name one", async () => {
  await using iam = await openTestIam();
  const root = (await iam.call("GetUser")).User;
  assert.deepEqual([root.UserId, root.Arn], [ACCOUNT, `arn:aws:iam::${ACCOUNT}:root`]);
  const { User } = await iam.call("CreateUser", { UserName: "ann" });
  const user = { type: "user", account: ACCOUNT, arn: User.Arn, userId: User.UserId, entityId: User.UserId, userName: "ann" };
  assert.deepEqual((await iam.call("GetUser", {}, { principal: user as never })).User, User);
  const session = { ...user, type: "assumed-role", userName: undefined };
  assert.deepEqual(await iam.refusal("GetUser", {}, { principal: session as never }), {
    name: "ValidationException",
    message: "Must specify userName when calling with non-User credentials",
  });
});

test("what users cannot have here is told as empty, for users that are there", async () => {
  await using iam = await openTestIam();
  await iam.call("CreateUser", { UserName: "ann" });
  const lists = [
    ["ListMFADevices", "MFADevices"],
    ["ListSSHPublicKeys", "SSHPublicKeys"],
    ["ListSigningCertificates", "Certificates"],
    ["ListServiceSpecificCredentials", "ServiceSpecificCredentials"],
  ] as const;
  for (const [operation, member] of lists) {
    assert.deepEqual((await iam.call(operation, { UserName: "ann" }))[member], []);
    assert.equal((await iam.refusal(operation, { UserName: "bob" })).name, "NoSuchEntity");
  }
  assert.deepEqual(await iam.call("ListVirtualMFADevices"), { VirtualMFADevices: [], IsTruncated: false });
  for (const operation of ["GetLoginProfile", "DeleteLoginProfile"]) {
    assert.deepEqual(await iam.refusal(operation, { UserName: "ann" }), {
      name: "NoSuchEntity",
      message: "Login Profile for User ann cannot be found.",
    });
  }
});
