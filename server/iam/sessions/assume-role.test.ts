import assert from "node:assert/strict";
import { test } from "node:test";
import { openSession } from "../../identity/session-credentials.ts";
import type { Principal } from "../../kernel/call.ts";
import type { AccountId, Arn } from "../../kernel/names.ts";
import { query } from "../../platform/metadata/query.ts";
import { openTestIam, type TestIam } from "../../testing/iam.ts";
import { addEntityRow } from "../../testing/rows.ts";
import { addEntity } from "../entities.ts";

const account = "000000000000" as AccountId;
const DEPLOY = `arn:aws:iam::${account}:role/ci/deploy`;

function user(name: string, owner = account): Principal {
  const arn = `arn:aws:iam::${owner}:user/${name}` as Arn;
  return {
    type: "user",
    account: owner,
    arn,
    userId: `AIDA${name.toUpperCase()}`,
    entityId: `AIDA${name.toUpperCase()}`,
    userName: name,
  };
}

const ANN = user("ann");
const allow = (principal: unknown, more: object = {}) => ({
  Effect: "Allow",
  Principal: principal,
  Action: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
  ...more,
});
const policy = (...Statement: object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });

async function addRole({ metadata, clock }: TestIam, name: string, trust: string, more: object = {}): Promise<void> {
  const role = { kind: "role" as const, name, path: name === "deploy" ? "/ci/" : "/", trust_policy: trust, ...more };
  await metadata.writeGlobal((tx) => addEntity(tx, account, role, clock.now()));
}

/** IAM with the role `ci/deploy`, which ann may assume. */
async function withDeploy(statement: object = allow({ AWS: ANN.arn }), more: object = {}) {
  const iam = await openTestIam();
  await addRole(iam, "deploy", policy(statement), { session_s_max: 7_200, ...more });
  return iam;
}

const INPUT = { RoleArn: DEPLOY, RoleSessionName: "build-7" };
const DENIED = {
  name: "AccessDeniedException",
  message: `User: ${ANN.arn} is not authorized to perform: sts:AssumeRole on resource: ${DEPLOY}`,
};

async function assumed(iam: TestIam, input: object, principal: Principal = ANN): Promise<Principal> {
  const { Credentials } = await iam.call("AssumeRole", { ...INPUT, ...input }, { principal });
  const opened = openSession(iam.sealer, Credentials.AccessKeyId, Credentials.SessionToken);
  assert.ok(opened !== undefined);
  return opened.principal;
}

test("whom a trust policy names becomes a session of the role, for an hour", async () => {
  await using iam = await withDeploy();
  const answer = await iam.call("AssumeRole", INPUT, { principal: ANN });
  const arn = `arn:aws:sts::${account}:assumed-role/deploy/build-7`;
  assert.equal(answer.AssumedRoleUser.Arn, arn);
  assert.match(answer.AssumedRoleUser.AssumedRoleId, /^AROA[A-Z2-7]{17}:build-7$/);
  assert.equal(answer.Credentials.Expiration.getTime(), Math.floor(iam.clock.now() / 1000) * 1000 + 3_600_000);
  const principal = openSession(iam.sealer, answer.Credentials.AccessKeyId, answer.Credentials.SessionToken)?.principal;
  assert.equal(principal?.arn, arn);
  assert.equal(principal?.session?.principalArn, DEPLOY);
  assert.equal(`${principal?.entityId}:build-7`, answer.AssumedRoleUser.AssumedRoleId);
});

test("nobody else does, and a role that is not there is refused in the same words", async () => {
  await using iam = await withDeploy(allow({ AWS: user("bob").arn }));
  assert.deepEqual(await iam.refusal("AssumeRole", INPUT, { principal: ANN }), DENIED);
  for (const arn of [`${DEPLOY}2`, `arn:aws:iam::${account}:role/deploy`, `arn:aws:iam::${account}:role/ci/Deploy`]) {
    const refused = await iam.refusal("AssumeRole", { ...INPUT, RoleArn: arn }, { principal: user("bob") });
    assert.deepEqual(refused, {
      name: "AccessDeniedException",
      message: `User: ${user("bob").arn} is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
    });
  }
});

test("what is not the ARN of a role is invalid", async () => {
  await using iam = await withDeploy();
  for (const RoleArn of ["arn:a:a::aaaaaaaaaa:", `arn:aws:iam::${account}:user/ann-the-user`, "arn:aws:iam::12:role/deploy"]) {
    const refused = await iam.refusal("AssumeRole", { ...INPUT, RoleArn }, { principal: ANN });
    assert.deepEqual(refused, { name: "ValidationException", message: `${RoleArn} is invalid` });
  }
});

test("root may not assume roles, whatever the trust policy says", async () => {
  await using iam = await withDeploy(allow("*"));
  assert.deepEqual(await iam.refusal("AssumeRole", INPUT), {
    name: "AccessDeniedException",
    message: "Roles may not be assumed by root accounts.",
  });
});

const insertPolicy = query<{ id: string; text: string }>()((db, p) =>
  db.insertInto("inline_policies").values({ entity_id: p.id, name: "inline", text: p.text }),
);

test("where the trust policy names the account, or another account's user, the caller's own policies must allow too", async () => {
  const theirs = user("eve", "111111111111" as AccountId);
  const allowed = (Resource: string): string => policy({ Effect: "Allow", Action: "sts:AssumeRole", Resource });
  for (const [text, is] of [
    [undefined, false],
    [allowed(DEPLOY), true],
    [allowed(`${DEPLOY}2`), false],
    [policy({ Effect: "Allow", Action: "*", Resource: "*" }, { Effect: "Deny", Action: "sts:*", Resource: "*" }), false],
  ] as const) {
    await using iam = await openTestIam();
    await addRole(iam, "deploy", policy(allow({ AWS: [account, theirs.arn] })));
    for (const principal of [ANN, theirs]) {
      const { userId: id, userName: name = "", account: owner } = principal;
      await iam.metadata.writeGlobal(async (tx) => {
        await addEntityRow(tx, { id, account: owner, kind: "user", name });
        if (text !== undefined) await tx.run(insertPolicy, { id, text });
      });
      const answered = await iam.call("AssumeRole", INPUT, { principal }).then(
        () => true,
        () => false,
      );
      assert.equal(answered, is, `${principal.arn} ${text}`);
    }
  }
});

test("a condition of the trust policy decides by the external id, the session's name, its tags and the caller", async () => {
  const cases: [condition: object, right: object, wrong: object][] = [
    [{ StringEquals: { "sts:ExternalId": "acme" } }, { ExternalId: "acme" }, {}],
    [{ StringLike: { "sts:RoleSessionName": "${aws:username}-*" } }, { RoleSessionName: "ann-1" }, { RoleSessionName: "bob-1" }],
    [{ StringEquals: { "aws:RequestTag/team": "blue" } }, { Tags: [{ Key: "Team", Value: "blue" }] }, {}],
    [
      { "ForAllValues:StringEquals": { "aws:TagKeys": ["a"] } },
      { Tags: [{ Key: "a", Value: "" }] },
      { Tags: [{ Key: "b", Value: "" }] },
    ],
    [{ StringEquals: { "sts:SourceIdentity": "ann" } }, { SourceIdentity: "ann" }, { SourceIdentity: "bob" }],
    [{ IpAddress: { "aws:SourceIp": "127.0.0.0/8" } }, {}, undefined as never],
    [{ StringEquals: { "sts:TransitiveTagKeys": ["a"] } }, undefined as never, { Tags: [{ Key: "a", Value: "" }] }],
  ];
  for (const [Condition, right, wrong] of cases) {
    await using iam = await withDeploy(allow({ AWS: ANN.arn }, { Condition }));
    if (right !== undefined) await iam.call("AssumeRole", { ...INPUT, ...right }, { principal: ANN });
    if (wrong !== undefined) {
      const refused = await iam.refusal("AssumeRole", { ...INPUT, ...wrong }, { principal: ANN });
      assert.equal(refused.name, "AccessDeniedException", JSON.stringify(Condition));
    }
  }
});

test("tags and a source identity need their own actions in the trust policy", async () => {
  await using iam = await withDeploy(allow({ AWS: ANN.arn }, { Action: "sts:AssumeRole" }));
  await iam.call("AssumeRole", INPUT, { principal: ANN });
  assert.deepEqual(await iam.refusal("AssumeRole", { ...INPUT, Tags: [{ Key: "a", Value: "b" }] }, { principal: ANN }), DENIED);
  assert.deepEqual(await iam.refusal("AssumeRole", { ...INPUT, SourceIdentity: "ann" }, { principal: ANN }), DENIED);
});

test("a Deny in the trust policy wins", async () => {
  await using iam = await openTestIam();
  const deny = {
    Effect: "Deny",
    Principal: "*",
    Action: "sts:AssumeRole",
    Condition: { StringEquals: { "sts:RoleSessionName": "no" } },
  };
  await addRole(iam, "deploy", policy(allow({ AWS: ANN.arn }), deny));
  await iam.call("AssumeRole", INPUT, { principal: ANN });
  assert.deepEqual(await iam.refusal("AssumeRole", { ...INPUT, RoleSessionName: "no" }, { principal: ANN }), DENIED);
});

test("a session is no longer than its role allows, and no longer than an hour where one role assumes another", async () => {
  await using iam = await withDeploy(allow("*"));
  await addRole(iam, "next", policy(allow("*")), { session_s_max: 43_200 });
  await iam.call("AssumeRole", { ...INPUT, DurationSeconds: 7_200 }, { principal: ANN });
  assert.deepEqual(await iam.refusal("AssumeRole", { ...INPUT, DurationSeconds: 7_201 }, { principal: ANN }), {
    name: "ValidationException",
    message: "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
  });
  const deploy = await assumed(iam, {});
  const next = { RoleArn: `arn:aws:iam::${account}:role/next` };
  await assumed(iam, { ...next, DurationSeconds: 3_600 }, deploy);
  assert.deepEqual(await iam.refusal("AssumeRole", { ...INPUT, ...next, DurationSeconds: 3_601 }, { principal: deploy }), {
    name: "ValidationException",
    message: "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
  });
});

test("transitive tags and the source identity go on to the next role, and cannot be changed there", async () => {
  await using iam = await withDeploy(allow("*"));
  await addRole(iam, "next", policy(allow("*")));
  const Tags = [
    { Key: "Team", Value: "blue" },
    { Key: "run", Value: "7" },
  ];
  const deploy = await assumed(iam, { Tags, TransitiveTagKeys: ["team"], SourceIdentity: "ann" });
  assert.deepEqual(deploy.session?.tags, [
    { key: "Team", value: "blue" },
    { key: "run", value: "7" },
  ]);
  const next = { RoleArn: `arn:aws:iam::${account}:role/next` };
  const { session } = await assumed(iam, { ...next, Tags: [{ Key: "run", Value: "8" }] }, deploy);
  assert.deepEqual(session?.tags, [
    { key: "Team", value: "blue" },
    { key: "run", value: "8" },
  ]);
  assert.deepEqual(session?.transitiveTagKeys, ["team"]);
  assert.equal(session?.sourceIdentity, "ann");

  const change = { ...INPUT, ...next, Tags: [{ Key: "TEAM", Value: "red" }] };
  assert.equal((await iam.refusal("AssumeRole", change, { principal: deploy })).name, "InvalidParameterValue");
  const other = { ...INPUT, ...next, SourceIdentity: "bob" };
  assert.equal((await iam.refusal("AssumeRole", other, { principal: deploy })).name, "AccessDeniedException");
});

test("a tag that goes on must be one that was given", async () => {
  await using iam = await withDeploy();
  assert.deepEqual(await iam.refusal("AssumeRole", { ...INPUT, TransitiveTagKeys: ["team"] }, { principal: ANN }), {
    name: "InvalidParameterValue",
    message: "The specified transitive tag key must be included in the requested tags.",
  });
});

test("a session keeps the policies that it was given", async () => {
  await using iam = await withDeploy();
  const Policy = policy({ Effect: "Allow", Action: "ecr:*", Resource: "*" });
  const PolicyArns = [{ arn: "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser" }];
  const { session } = await assumed(iam, { Policy, PolicyArns });
  assert.deepEqual(session?.policies, [Policy]);
  assert.deepEqual(session?.policyArns, ["arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser"]);
});

test("names that are no session names are refused", async () => {
  await using iam = await withDeploy();
  for (const RoleSessionName of ["a", "a b", "x".repeat(65), "a/b", "ä-ä"]) {
    assert.equal(
      (await iam.refusal("AssumeRole", { ...INPUT, RoleSessionName }, { principal: ANN })).name,
      "InvalidParameterException",
    );
  }
});

test("a user that was made again under its name is not whom a trust policy named", async () => {
  await using iam = await openTestIam();
  await iam.call("CreateUser", { UserName: "ann" });
  const { Role } = await iam.call("CreateRole", {
    RoleName: "deploy",
    Path: "/ci/",
    AssumeRolePolicyDocument: policy(allow({ AWS: ANN.arn })),
  });
  assert.equal(Role.Arn, DEPLOY);
  const call = async (): Promise<unknown> => {
    const { User } = await iam.call("GetUser", { UserName: "ann" });
    const principal = { ...ANN, userId: User.UserId, entityId: User.UserId };
    return iam.call("AssumeRole", INPUT, { principal });
  };
  await call();
  await iam.call("DeleteUser", { UserName: "ann" });
  await iam.call("CreateUser", { UserName: "ann" });
  await assert.rejects(call(), { code: "AccessDeniedException" });
});

test("only whom the role trusts hears that a policy for the session is not there", async () => {
  await using iam = await withDeploy();
  const arn = `arn:aws:iam::${account}:policy/none`;
  const input = { ...INPUT, PolicyArns: [{ arn }] };
  assert.deepEqual(await iam.refusal("AssumeRole", input, { principal: ANN }), {
    name: "MalformedPolicyDocument",
    message: `Policy ${arn} does not exist or is not attachable.`,
  });
  assert.equal((await iam.refusal("AssumeRole", input, { principal: user("bob") })).name, "AccessDeniedException");
});
