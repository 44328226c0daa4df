import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { query } from "../../platform/metadata/query.ts";
import { openTestIam, type TestIam } from "../../testing/iam.ts";

const ARN = "arn:aws:iam::000000000000:role/ci/Pusher";
const READ_ONLY = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly";
const ALLOW_ALL = JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Allow", Action: "ecr:*", Resource: "*" } });

function trust(Principal: object = { Service: "codebuild.amazonaws.com" }): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal, Action: "sts:AssumeRole" }] });
}

function createPusher(iam: TestIam, more: object = {}): Promise<any> {
  return iam.call("CreateRole", { RoleName: "Pusher", Path: "/ci/", AssumeRolePolicyDocument: trust(), ...more });
}

const trustIds = query()((db) => db.selectFrom("iam_entities").select("trust_ids").where("kind", "=", "role"));

describe("a role", () => {
  test("is told by each operation as IAM does", async () => {
    await using iam = await openTestIam();
    const { Role } = await createPusher(iam, { Description: "pushes", Tags: [{ Key: "Team", Value: "a" }] });
    assert.match(Role.RoleId, /^AROA[A-Z2-7]{17}$/);
    const common = {
      Path: "/ci/",
      RoleName: "Pusher",
      RoleId: Role.RoleId,
      Arn: ARN,
      CreateDate: new Date(iam.clock.now()),
      AssumeRolePolicyDocument: encodeURIComponent(trust()),
    };
    const Tags = [{ Key: "Team", Value: "a" }];
    assert.deepEqual(Role, { ...common, PermissionsBoundary: undefined, Tags });
    const listed = { ...common, Description: "pushes", MaxSessionDuration: 3600 };
    const whole = { ...listed, PermissionsBoundary: undefined, Tags, RoleLastUsed: {} };
    assert.deepEqual(await iam.call("GetRole", { RoleName: "PUSHER" }), { Role: whole });
    assert.deepEqual(await iam.call("ListRoles"), { Roles: [listed], IsTruncated: false, Marker: undefined });
  });

  test("has a description and a longest session, which change alone or together", async () => {
    await using iam = await openTestIam();
    await createPusher(iam, { MaxSessionDuration: 43_200 });
    await iam.call("UpdateRole", { RoleName: "Pusher", Description: "one" });
    const told = async () => {
      const { Role } = await iam.call("GetRole", { RoleName: "Pusher" });
      return [Role.Description, Role.MaxSessionDuration];
    };
    assert.deepEqual(await told(), ["one", 43_200]);
    await iam.call("UpdateRole", { RoleName: "Pusher", MaxSessionDuration: 7200 });
    const { Role } = await iam.call("UpdateRoleDescription", { RoleName: "Pusher", Description: "two" });
    assert.deepEqual([Role.Description, Role.MaxSessionDuration], ["two", undefined]);
    await iam.call("UpdateRole", { RoleName: "Pusher" });
    assert.deepEqual(await told(), ["two", 7200]);
    for (const MaxSessionDuration of [3599, 43_201]) {
      const refusal = await iam.refusal("UpdateRole", { RoleName: "Pusher", MaxSessionDuration });
      assert.equal(refusal.name, "InvalidParameterException");
    }
  });

  test("is refused when there is one, whatever the case of its name", async () => {
    await using iam = await openTestIam();
    await createPusher(iam);
    assert.deepEqual(await iam.refusal("CreateRole", { RoleName: "pusher", AssumeRolePolicyDocument: trust() }), {
      name: "EntityAlreadyExists",
      message: "Role with name pusher already exists.",
    });
  });

  test("goes when its policies have gone", async () => {
    await using iam = await openTestIam();
    await createPusher(iam);
    const role = { RoleName: "Pusher" };
    await iam.call("AttachRolePolicy", { ...role, PolicyArn: READ_ONLY });
    await iam.call("PutRolePolicy", { ...role, PolicyName: "own", PolicyDocument: ALLOW_ALL });
    const refusal = () => iam.refusal("DeleteRole", role);
    const conflict = (what: string) => ({ name: "DeleteConflict", message: `Cannot delete entity, must ${what} first.` });
    assert.deepEqual(await refusal(), conflict("detach all policies"));
    await iam.call("DetachRolePolicy", { ...role, PolicyArn: READ_ONLY });
    assert.deepEqual(await refusal(), conflict("delete policies"));
    await iam.call("DeleteRolePolicy", { ...role, PolicyName: "own" });
    assert.deepEqual((await iam.call("ListInstanceProfilesForRole", role)).InstanceProfiles, []);
    await iam.call("DeleteRole", role);
    for (const name of ["GetRole", "DeleteRole", "ListInstanceProfilesForRole", "ListRoleTags"]) {
      assert.deepEqual(await iam.refusal(name, role), {
        name: "NoSuchEntity",
        message: "The role with name Pusher cannot be found.",
      });
    }
  });

  test("is bounded by a policy that is there", async () => {
    await using iam = await openTestIam();
    const nowhere = "arn:aws:iam::000000000000:policy/nowhere";
    const missing = { name: "NoSuchEntity", message: `Scope ARN: ${nowhere} does not exist or is not attachable.` };
    const role = { RoleName: "Pusher", AssumeRolePolicyDocument: trust() };
    assert.deepEqual(await iam.refusal("CreateRole", { ...role, PermissionsBoundary: nowhere }), missing);
    await createPusher(iam, { PermissionsBoundary: READ_ONLY });
    const boundary = async () => (await iam.call("GetRole", { RoleName: "Pusher" })).Role.PermissionsBoundary;
    assert.deepEqual(await boundary(), { PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: READ_ONLY });
    const usage = await iam.call("GetPolicy", { PolicyArn: READ_ONLY });
    assert.deepEqual([usage.Policy.AttachmentCount, usage.Policy.PermissionsBoundaryUsageCount], [0, 1]);
    const bounded = await iam.call("ListEntitiesForPolicy", { PolicyArn: READ_ONLY });
    assert.deepEqual(
      bounded.PolicyRoles.map((it: any) => it.RoleName),
      ["Pusher"],
    );
    const used = async (PolicyUsageFilter: string) => (await iam.call("ListPolicies", { PolicyUsageFilter })).Policies.length;
    assert.deepEqual([await used("PermissionsBoundary"), await used("PermissionsPolicy")], [1, 0]);
    await iam.call("DeleteRolePermissionsBoundary", { RoleName: "Pusher" });
    assert.equal(await boundary(), undefined);
    const refusal = await iam.refusal("PutRolePermissionsBoundary", { RoleName: "Pusher", PermissionsBoundary: nowhere });
    assert.deepEqual(refusal, missing);
  });

  test("is listed below its path, page after page", async () => {
    await using iam = await openTestIam();
    for (const RoleName of ["a", "B", "c", "d"]) {
      await iam.call("CreateRole", { RoleName, Path: RoleName === "a" ? "/" : "/ci/", AssumeRolePolicyDocument: trust() });
    }
    const first = await iam.call("ListRoles", { PathPrefix: "/ci/", MaxItems: 2 });
    const second = await iam.call("ListRoles", { PathPrefix: "/ci/", MaxItems: 2, Marker: first.Marker });
    const names = [first, second].map((page) => [page.IsTruncated, page.Roles.map((it: any) => it.RoleName)]);
    assert.deepEqual(names, [
      [true, ["B", "c"]],
      [false, ["d"]],
    ]);
  });

  test("has tags whose keys are the same in any case", async () => {
    await using iam = await openTestIam();
    await createPusher(iam);
    const role = { RoleName: "Pusher" };
    await iam.call("TagRole", { ...role, Tags: [{ Key: "Team", Value: "a" }] });
    await iam.call("TagRole", { ...role, Tags: [{ Key: "team", Value: "" }] });
    assert.deepEqual((await iam.call("ListRoleTags", role)).Tags, [{ Key: "team", Value: "" }]);
    const Tags = ["x", "X"].map((Key) => ({ Key, Value: "" }));
    assert.deepEqual(await iam.refusal("TagRole", { ...role, Tags }), {
      name: "InvalidInput",
      message: "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    });
    await iam.call("UntagRole", { ...role, TagKeys: ["TEAM"] });
    assert.deepEqual((await iam.call("ListRoleTags", role)).Tags, []);
  });
});

describe("trust", () => {
  test("names those who are there, and holds them by their ids", async () => {
    await using iam = await openTestIam();
    const { User } = await iam.call("CreateUser", { UserName: "ann", Path: "/staff/" });
    const federated = "arn:aws:iam::000000000000:oidc-provider/token.example.com";
    await createPusher(iam, { AssumeRolePolicyDocument: trust({ AWS: [User.Arn, "000000000000"], Federated: federated }) });
    const [row] = await iam.metadata.readGlobal((tx) => tx.all(trustIds, {}));
    assert.deepEqual(JSON.parse(row?.trust_ids ?? ""), { [User.Arn]: User.UserId });
  });

  test("does not name those who are not", async () => {
    await using iam = await openTestIam();
    await createPusher(iam);
    const nobody = "arn:aws:iam::000000000000:user/nobody";
    const update = (AWS: string) => ({ RoleName: "Pusher", PolicyDocument: trust({ AWS }) });
    assert.deepEqual(await iam.refusal("UpdateAssumeRolePolicy", update(nobody)), {
      name: "MalformedPolicyDocument",
      message: `Invalid principal in policy: "AWS":"${nobody}"`,
    });
    await iam.call("UpdateAssumeRolePolicy", update(ARN));
    await iam.call("UpdateAssumeRolePolicy", update("arn:aws:sts::000000000000:assumed-role/Pusher/session"));
    // An account that is not here may have anybody.
    await iam.call("UpdateAssumeRolePolicy", update("arn:aws:iam::999999999999:role/elsewhere"));
  });

  test("is at most as long as IAM allows", async () => {
    await using iam = await openTestIam();
    const Service = Array.from({ length: 500 }, (_, index) => `a${index}.amazonaws.com`);
    const refusal = await iam.refusal("CreateRole", { RoleName: "a", AssumeRolePolicyDocument: trust({ Service }) });
    assert.deepEqual(refusal, { name: "LimitExceeded", message: "Cannot exceed quota for ACLSizePerRole: 8192" });
  });
});

describe("service-linked roles", () => {
  const AWSServiceName = "replication.ecr.amazonaws.com";
  const RoleName = "AWSServiceRoleForECRReplication";

  test("are made for the services of ECR, with their policies", async () => {
    await using iam = await openTestIam();
    for (const [service, name, policy] of [
      [AWSServiceName, RoleName, "ECRReplicationServiceRolePolicy"],
      ["pullthroughcache.ecr.amazonaws.com", "AWSServiceRoleForECRPullThroughCache", "AWSECRPullThroughCache_ServiceRolePolicy"],
      ["ecr.amazonaws.com", "AWSServiceRoleForECRTemplate", "ECRTemplateServiceRolePolicy"],
    ]) {
      const { Role } = await iam.call("CreateServiceLinkedRole", { AWSServiceName: service });
      assert.equal(Role.Arn, `arn:aws:iam::000000000000:role/aws-service-role/${service}/${name}`);
      assert.deepEqual(JSON.parse(decodeURIComponent(Role.AssumeRolePolicyDocument)).Statement[0].Principal, {
        Service: service,
      });
      const { AttachedPolicies } = await iam.call("ListAttachedRolePolicies", { RoleName: name });
      const arn = `arn:aws:iam::aws:policy/aws-service-role/${policy}`;
      assert.deepEqual(AttachedPolicies, [{ PolicyName: policy, PolicyArn: arn }]);
    }
  });

  test("are one for each service, without suffixes, and not for services that are not here", async () => {
    await using iam = await openTestIam();
    await iam.call("CreateServiceLinkedRole", { AWSServiceName });
    assert.deepEqual(await iam.refusal("CreateServiceLinkedRole", { AWSServiceName }), {
      name: "InvalidInput",
      message: `Service role name ${RoleName} has been taken in this account, please try a different suffix.`,
    });
    assert.deepEqual(await iam.refusal("CreateServiceLinkedRole", { AWSServiceName, CustomSuffix: "two" }), {
      name: "InvalidInput",
      message: `Custom suffix is not allowed for ${AWSServiceName}`,
    });
    const other = await iam.refusal("CreateServiceLinkedRole", { AWSServiceName: "ecs.amazonaws.com" });
    assert.equal(other.name, "InvalidInput");
  });

  test("are changed by nobody but for description and tags", async () => {
    await using iam = await openTestIam();
    await iam.call("CreateServiceLinkedRole", { AWSServiceName });
    const text = `Cannot perform the operation on the protected role '${RoleName}' - this role is only modifiable by AWS`;
    for (const [name, more] of [
      ["AttachRolePolicy", { PolicyArn: READ_ONLY }],
      ["DetachRolePolicy", { PolicyArn: READ_ONLY }],
      ["PutRolePolicy", { PolicyName: "own", PolicyDocument: ALLOW_ALL }],
      ["DeleteRolePolicy", { PolicyName: "own" }],
      ["PutRolePermissionsBoundary", { PermissionsBoundary: READ_ONLY }],
      ["DeleteRolePermissionsBoundary", {}],
      ["UpdateAssumeRolePolicy", { PolicyDocument: trust() }],
      ["UpdateRole", { MaxSessionDuration: 7200 }],
      ["DeleteRole", {}],
    ] as const) {
      assert.deepEqual(await iam.refusal(name, { RoleName, ...more }), { name: "UnmodifiableEntity", message: text });
    }
    await iam.call("UpdateRole", { RoleName, Description: "copies" });
    await iam.call("TagRole", { RoleName, Tags: [{ Key: "a", Value: "b" }] });
    const path = { RoleName: "a", Path: "/aws-service-role/a/", AssumeRolePolicyDocument: trust() };
    assert.equal((await iam.refusal("CreateRole", path)).name, "InvalidInput");
  });

  test("go by a task that is over at once, and whose id cannot be made up", async () => {
    await using iam = await openTestIam();
    await iam.call("CreateServiceLinkedRole", { AWSServiceName });
    const { DeletionTaskId } = await iam.call("DeleteServiceLinkedRole", { RoleName });
    assert.match(DeletionTaskId, /^task\/aws-service-role\/replication\.ecr\.amazonaws\.com\/AWSServiceRoleForECRReplication\//);
    assert.deepEqual(await iam.call("GetServiceLinkedRoleDeletionStatus", { DeletionTaskId }), { Status: "SUCCEEDED" });
    assert.equal((await iam.refusal("GetRole", { RoleName })).name, "NoSuchEntity");
    const made = `${DeletionTaskId}A`;
    assert.equal((await iam.refusal("GetServiceLinkedRoleDeletionStatus", { DeletionTaskId: made })).name, "NoSuchEntity");
  });

  test("are not what DeleteServiceLinkedRole takes away when they are made by CreateRole", async () => {
    await using iam = await openTestIam();
    await createPusher(iam);
    assert.equal((await iam.refusal("DeleteServiceLinkedRole", { RoleName: "Pusher" })).name, "NoSuchEntity");
  });
});
