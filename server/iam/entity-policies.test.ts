import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestIam } from "../testing/iam.ts";

const READ_ONLY = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly";
const POWER_USER = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser";

const documentOf = (statement: object): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "ecr:*", Resource: "*", ...statement }] });

async function withUser() {
  const iam = await openTestIam();
  await iam.call("CreateUser", { UserName: "ann" });
  const put = (PolicyDocument: string, PolicyName = "own") => ({ UserName: "ann", PolicyName, PolicyDocument });
  return { ...iam, put };
}

test("a policy of one's own comes back as it was sent, percent-encoded", async () => {
  await using iam = await withUser();
  const text = `  ${documentOf({ Sid: "All" })}\n`;
  await iam.call("PutUserPolicy", iam.put(text));
  const found = await iam.call("GetUserPolicy", { UserName: "ANN", PolicyName: "own" });
  assert.deepEqual([found.UserName, found.PolicyName, decodeURIComponent(found.PolicyDocument)], ["ann", "own", text]);
  assert.match(found.PolicyDocument, /^[A-Za-z0-9%._~-]+$/);
  assert.deepEqual(await iam.call("ListUserPolicies", { UserName: "ann" }), {
    PolicyNames: ["own"],
    IsTruncated: false,
    Marker: undefined,
  });
});

test("what is no policy of a user is refused in IAM's words, and changes nothing", async () => {
  await using iam = await withUser();
  const texts: [string, string][] = [
    ["no JSON", "Syntax errors in policy."],
    [documentOf({ Effect: "Maybe" }), "Syntax errors in policy."],
    [documentOf({ Principal: "*" }), "Policy document should not specify a principal."],
    [documentOf({ Resource: undefined }), "Policy statement must contain resources."],
    [documentOf({ Resource: "arn:aws:s3::bucket" }), "The policy failed legacy parsing"],
    [documentOf({ Resource: "all" }), 'Resource all must be in ARN format or "*".'],
    [documentOf({ Action: "all" }), "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."],
  ];
  for (const [text, message] of texts) {
    assert.deepEqual(await iam.refusal("PutUserPolicy", iam.put(text)), { name: "MalformedPolicyDocument", message });
  }
  assert.deepEqual((await iam.call("ListUserPolicies", { UserName: "ann" })).PolicyNames, []);
});

test("the policies of a user's own are 2,048 characters together at most, white space not counted", async () => {
  await using iam = await withUser();
  const sized = (size: number): string => documentOf({ Sid: "x".repeat(size - documentOf({ Sid: "" }).length) });
  await iam.call("PutUserPolicy", iam.put(sized(1000) + " ".repeat(3000), "one"));
  await iam.call("PutUserPolicy", iam.put(sized(1048), "two"));
  assert.deepEqual(await iam.refusal("PutUserPolicy", iam.put(sized(1049), "two")), {
    name: "LimitExceeded",
    message: "Maximum policy size of 2048 bytes exceeded for user ann",
  });
});

test("a policy that is not there is said so", async () => {
  await using iam = await withUser();
  for (const operation of ["GetUserPolicy", "DeleteUserPolicy"]) {
    assert.deepEqual(await iam.refusal(operation, { UserName: "ann", PolicyName: "own" }), {
      name: "NoSuchEntity",
      message: "The user policy with name own cannot be found.",
    });
  }
  const PolicyArn = "arn:aws:iam::000000000000:policy/none";
  assert.deepEqual(await iam.refusal("AttachUserPolicy", { UserName: "ann", PolicyArn }), {
    name: "NoSuchEntity",
    message: `Policy ${PolicyArn} does not exist or is not attachable.`,
  });
  assert.equal(
    (await iam.refusal("DetachUserPolicy", { UserName: "ann", PolicyArn })).message,
    `Policy ${PolicyArn} was not found.`,
  );
});

test("managed policies are attached once, listed by path, and detached", async () => {
  await using iam = await withUser();
  for (const PolicyArn of [READ_ONLY, POWER_USER, READ_ONLY]) await iam.call("AttachUserPolicy", { UserName: "ann", PolicyArn });
  const list = async (filter = {}) =>
    (await iam.call("ListAttachedUserPolicies", { UserName: "ann", ...filter })).AttachedPolicies;
  assert.deepEqual(await list(), [
    { PolicyName: "AmazonEC2ContainerRegistryPowerUser", PolicyArn: POWER_USER },
    { PolicyName: "AmazonEC2ContainerRegistryReadOnly", PolicyArn: READ_ONLY },
  ]);
  assert.deepEqual(await list({ PathPrefix: "/service-role/" }), []);
  await iam.call("DetachUserPolicy", { UserName: "ann", PolicyArn: POWER_USER });
  assert.equal((await list()).length, 1);
});

test("a boundary is told with the user until it is taken away", async () => {
  await using iam = await withUser();
  const boundary = async () => (await iam.call("GetUser", { UserName: "ann" })).User.PermissionsBoundary?.PermissionsBoundaryArn;
  await iam.call("PutUserPermissionsBoundary", { UserName: "ann", PermissionsBoundary: POWER_USER });
  assert.equal(await boundary(), POWER_USER);
  await iam.call("DeleteUserPermissionsBoundary", { UserName: "ann" });
  assert.equal(await boundary(), undefined);
});

test("what modules for clusters attach is here, and of a policy of AWS that is not, it is said what can be done", async () => {
  await using iam = await openTestIam();
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" },
  });
  await iam.call("CreateRole", { RoleName: "node", AssumeRolePolicyDocument });
  const attach = { RoleName: "node" };
  for (const name of [
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonSSMManagedInstanceCore",
    "service-role/AmazonECSTaskExecutionRolePolicy",
    "service-role/AWSLambdaBasicExecutionRole",
  ]) {
    await iam.call("AttachRolePolicy", { ...attach, PolicyArn: `arn:aws:iam::aws:policy/${name}` });
  }
  const PolicyArn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
  for (const refused of [
    await iam.refusal("AttachRolePolicy", { ...attach, PolicyArn }),
    await iam.refusal("GetPolicy", { PolicyArn }),
  ]) {
    assert.equal(refused.name, "NoSuchEntity");
    assert.match(refused.message, / Not all of AWS's policies are in this registry: list-policies --scope AWS shows those /);
  }
});
