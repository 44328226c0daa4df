import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestIam, type TestIam } from "../../testing/iam.ts";

const ARN = "arn:aws:iam::000000000000:policy/team/Reader";
const READ_ONLY = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly";

function document(Action: string | readonly string[] = "ecr:BatchGetImage"): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource: "*" }] }, undefined, 2);
}

function createReader(iam: TestIam, more: object = {}): Promise<any> {
  return iam.call("CreatePolicy", { PolicyName: "Reader", Path: "/team/", PolicyDocument: document(), ...more });
}

test("CreatePolicy answers what IAM does, and GetPolicy tells more", async () => {
  await using iam = await openTestIam();
  const { Policy } = await createReader(iam, { Description: "may read", Tags: [{ Key: "a", Value: "1" }] });
  assert.match(Policy.PolicyId, /^ANPA[A-Z2-7]{17}$/);
  const common = {
    PolicyName: "Reader",
    PolicyId: Policy.PolicyId,
    Arn: ARN,
    Path: "/team/",
    DefaultVersionId: "v1",
    AttachmentCount: 0,
    PermissionsBoundaryUsageCount: 0,
    IsAttachable: true,
    CreateDate: new Date(iam.clock.now()),
    UpdateDate: new Date(iam.clock.now()),
    Tags: [{ Key: "a", Value: "1" }],
  };
  assert.deepEqual(Policy, common);
  assert.deepEqual(await iam.call("GetPolicy", { PolicyArn: ARN }), { Policy: { ...common, Description: "may read" } });
});

test("a name is taken whatever its case and path", async () => {
  await using iam = await openTestIam();
  await createReader(iam);
  assert.deepEqual(await iam.refusal("CreatePolicy", { PolicyName: "READER", PolicyDocument: document() }), {
    name: "EntityAlreadyExists",
    message: "A policy called READER already exists. Duplicate names are not allowed.",
  });
});

test("a document comes back percent-encoded and as it was written", async () => {
  await using iam = await openTestIam();
  await createReader(iam);
  const { PolicyVersion } = await iam.call("GetPolicyVersion", { PolicyArn: ARN, VersionId: "v1" });
  assert.match(PolicyVersion.Document, /^%7B%0A%20%20%22Version%22/);
  assert.doesNotMatch(PolicyVersion.Document, /[ *'()]/);
  assert.equal(decodeURIComponent(PolicyVersion.Document), document());
});

test("a policy has five versions at most, none of whose names comes back, and lists them newest first", async () => {
  await using iam = await openTestIam();
  await createReader(iam);
  const add = (more: object = {}) => iam.call("CreatePolicyVersion", { PolicyArn: ARN, PolicyDocument: document(), ...more });
  assert.deepEqual(await add({ SetAsDefault: true }), {
    PolicyVersion: { VersionId: "v2", IsDefaultVersion: true, CreateDate: new Date(iam.clock.now()) },
  });
  for (let count = 3; count <= 5; count++) await add();
  assert.deepEqual(await iam.refusal("CreatePolicyVersion", { PolicyArn: ARN, PolicyDocument: document() }), {
    name: "LimitExceeded",
    message: "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
  });
  await iam.call("DeletePolicyVersion", { PolicyArn: ARN, VersionId: "v5" });
  assert.equal((await add()).PolicyVersion.VersionId, "v6");
  const { Versions, IsTruncated } = await iam.call("ListPolicyVersions", { PolicyArn: ARN });
  const seen = Versions.map((it: any) => [it.VersionId, it.IsDefaultVersion]);
  assert.deepEqual(seen, [
    ["v6", false],
    ["v4", false],
    ["v3", false],
    ["v2", true],
    ["v1", false],
  ]);
  assert.equal(IsTruncated, false);
  const first = await iam.call("ListPolicyVersions", { PolicyArn: ARN, MaxItems: 3 });
  const second = await iam.call("ListPolicyVersions", { PolicyArn: ARN, MaxItems: 3, Marker: first.Marker });
  assert.deepEqual([...first.Versions, ...second.Versions], Versions);
});

test("the version in force can be changed, but not taken away", async () => {
  await using iam = await openTestIam();
  await createReader(iam);
  await iam.call("CreatePolicyVersion", { PolicyArn: ARN, PolicyDocument: document("ecr:*") });
  await iam.call("SetDefaultPolicyVersion", { PolicyArn: ARN, VersionId: "v2" });
  assert.equal((await iam.call("GetPolicy", { PolicyArn: ARN })).Policy.DefaultVersionId, "v2");
  assert.deepEqual(await iam.refusal("DeletePolicyVersion", { PolicyArn: ARN, VersionId: "v2" }), {
    name: "DeleteConflict",
    message: "Cannot delete the default version of a policy.",
  });
  assert.deepEqual(await iam.refusal("SetDefaultPolicyVersion", { PolicyArn: ARN, VersionId: "v9" }), {
    name: "NoSuchEntity",
    message: `Policy ${ARN} version v9 does not exist or is not attachable.`,
  });
  assert.equal((await iam.refusal("DeletePolicy", { PolicyArn: ARN })).name, "DeleteConflict");
  await iam.call("DeletePolicyVersion", { PolicyArn: ARN, VersionId: "v1" });
  await iam.call("DeletePolicy", { PolicyArn: ARN });
  assert.deepEqual(await iam.refusal("GetPolicy", { PolicyArn: ARN }), {
    name: "NoSuchEntity",
    message: `Policy ${ARN} was not found.`,
  });
});

test("a document is at most 6,144 characters large, and white space is none", async () => {
  await using iam = await openTestIam();
  const large = document(Array.from({ length: 400 }, (_, index) => `ecr:Action${index}`));
  const wide = document().replace("{", `{${" ".repeat(10_000)}`);
  await createReader(iam, { PolicyDocument: wide });
  assert.deepEqual(await iam.refusal("CreatePolicyVersion", { PolicyArn: ARN, PolicyDocument: large }), {
    name: "LimitExceeded",
    message: "Cannot exceed quota for PolicySize: 6144",
  });
});

test("AWS's policies are there to read and to attach, and nobody changes them", async () => {
  await using iam = await openTestIam();
  const { Policy } = await iam.call("GetPolicy", { PolicyArn: READ_ONLY });
  assert.equal(Policy.DefaultVersionId, "v3");
  assert.equal(Policy.PolicyId, "ANPAIFYZPA37OOHVIH7KQ");
  assert.deepEqual(Policy.Tags, []);
  const { PolicyVersion } = await iam.call("GetPolicyVersion", { PolicyArn: READ_ONLY, VersionId: "v3" });
  assert.match(decodeURIComponent(PolicyVersion.Document), /ecr:BatchGetImage/);
  const { Versions } = await iam.call("ListPolicyVersions", { PolicyArn: READ_ONLY });
  assert.deepEqual(
    Versions.map((it: any) => it.VersionId),
    ["v3"],
  );
  for (const [name, more] of [
    ["DeletePolicy", {}],
    ["CreatePolicyVersion", { PolicyDocument: document() }],
    ["TagPolicy", { Tags: [{ Key: "a", Value: "b" }] }],
  ] as const) {
    assert.deepEqual(await iam.refusal(name, { PolicyArn: READ_ONLY, ...more }), {
      name: "AccessDeniedException",
      message: `User: arn:aws:iam::000000000000:root is not authorized to perform: iam:${name} on resource: policy ${READ_ONLY}`,
    });
  }
});

test("ListPolicies tells whose, where and what is used, in pages", async () => {
  await using iam = await openTestIam();
  await createReader(iam);
  await iam.call("CreatePolicy", { PolicyName: "Other", PolicyDocument: document() });
  const names = async (input: object = {}): Promise<readonly string[]> =>
    (await iam.call("ListPolicies", { ...input })).Policies.map((it: any) => it.PolicyName);
  assert.deepEqual(await names({ Scope: "Local" }), ["Other", "Reader"]);
  assert.deepEqual(await names({ Scope: "Local", PathPrefix: "/team/" }), ["Reader"]);
  assert.deepEqual(await names({ OnlyAttached: true }), []);
  const published = await names({ Scope: "AWS" });
  assert.ok(published.includes("AmazonEC2ContainerRegistryPullOnly"));
  const all: string[] = [];
  let Marker: string | undefined;
  do {
    const page = await iam.call("ListPolicies", { MaxItems: 3, Marker });
    all.push(...page.Policies.map((it: any) => it.PolicyName));
    Marker = page.Marker;
    assert.equal(page.IsTruncated, Marker !== undefined);
  } while (Marker !== undefined);
  assert.deepEqual(all, [...published, "Other", "Reader"]);
});

test("a marker belongs to its list", async () => {
  await using iam = await openTestIam();
  const { Marker } = await iam.call("ListPolicies", { MaxItems: 1 });
  assert.equal((await iam.refusal("ListPolicies", { MaxItems: 1, Marker, Scope: "AWS" })).name, "InvalidParameterException");
});

test("tags of policies keep apart what differs in case", async () => {
  await using iam = await openTestIam();
  await createReader(iam);
  await iam.call("TagPolicy", {
    PolicyArn: ARN,
    Tags: [
      { Key: "a", Value: "1" },
      { Key: "A", Value: "2" },
    ],
  });
  await iam.call("UntagPolicy", { PolicyArn: ARN, TagKeys: ["a"] });
  assert.deepEqual(await iam.call("ListPolicyTags", { PolicyArn: ARN }), {
    Tags: [{ Key: "A", Value: "2" }],
    IsTruncated: false,
    Marker: undefined,
  });
  const twice = [
    { Key: "b", Value: "1" },
    { Key: "b", Value: "2" },
  ];
  assert.deepEqual(await iam.refusal("TagPolicy", { PolicyArn: ARN, Tags: twice }), {
    name: "InvalidInput",
    message: "Duplicate tag keys found.",
  });
});

test("what is no ARN of a policy is refused, and one of another account finds nothing", async () => {
  await using iam = await openTestIam();
  await createReader(iam);
  assert.deepEqual(await iam.refusal("GetPolicy", { PolicyArn: "longpolicynamebutnoarn" }), {
    name: "ValidationException",
    message: "ARN longpolicynamebutnoarn is not valid.",
  });
  const role = "arn:aws:iam::000000000000:role/reader";
  assert.deepEqual(await iam.refusal("GetPolicy", { PolicyArn: role }), {
    name: "InvalidInput",
    message: `ARN ${role} is not valid.`,
  });
  const foreign = ARN.replace("000000000000", "111111111111");
  assert.equal((await iam.refusal("GetPolicy", { PolicyArn: foreign })).name, "NoSuchEntity");
});
