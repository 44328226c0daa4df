import assert from "node:assert/strict";
import { test } from "node:test";
import { repositoryArn } from "../../kernel/names.ts";
import { testRegistry } from "../../testing/call.ts";
import { openTestIam, type TestIam } from "../../testing/iam.ts";
import { statementPositions } from "./statement-positions.ts";

const app = repositoryArn(testRegistry, "app");
const policy = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements.map((it) => ({ Effect: "Allow", Resource: "*", ...it })) });
const put = policy({ Action: "ecr:PutImage" });

const simulate = (iam: TestIam, input: object) =>
  iam.call("SimulateCustomPolicy", { PolicyInputList: [put], ActionNames: ["ecr:PutImage"], ...input });
const decisions = (output: { EvaluationResults: { EvalDecision: string }[] }) =>
  output.EvaluationResults.map((it) => it.EvalDecision);

test("a statement stands where IAM says it does", () => {
  // The policy and the answer of the example in AWS's CLI reference, simulate-custom-policy.
  const alone =
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2015-08-16T12:00:00Z"}}}}';
  assert.deepEqual(statementPositions(alone), [{ start: { Line: 1, Column: 38 }, end: { Line: 1, Column: 167 } }]);
  const lines = [
    "{",
    '  "Version": "2012-10-17",',
    '  "Statement": [',
    "    {",
    '      "Effect": "Allow",',
    '      "Action": "*",',
  ];
  const administrator = [...lines, '      "Resource": "*"', "    }", "  ]", "}"].join("\n");
  assert.deepEqual(statementPositions(administrator), [{ start: { Line: 3, Column: 17 }, end: { Line: 8, Column: 6 } }]);
  const tricky = '{"Id":"\\"Statement\\":[{","Statement":[{"Sid":"}],"},{"Sid":"b"}],"Version":"x"}';
  assert.deepEqual(
    statementPositions(tricky).map(({ start, end }) => tricky.slice(start.Column - 1, end.Column - 1)),
    ['{"Sid":"}],"}', '{"Sid":"b"}'],
  );
});

test("an action is allowed, denied, or not mentioned, and the statements that decide are told with their places", async () => {
  await using iam = await openTestIam();
  const deny = policy({ Effect: "Deny", Action: "ecr:Delete*" });
  const input = { PolicyInputList: [put, deny], ActionNames: ["ecr:PutImage", "ecr:DeleteRepository", "ecr:GetLifecyclePolicy"] };
  const output = await simulate(iam, input);
  assert.deepEqual(decisions(output), ["allowed", "explicitDeny", "implicitDeny"]);
  assert.deepEqual(output.EvaluationResults[0], {
    EvalActionName: "ecr:PutImage",
    EvalResourceName: "*",
    EvalDecision: "allowed",
    MatchedStatements: [
      {
        SourcePolicyId: "PolicyInputList.1",
        SourcePolicyType: "IAM Policy",
        StartPosition: { Line: 1, Column: 38 },
        EndPosition: { Line: 1, Column: put.length - 1 },
      },
    ],
    MissingContextValues: [],
    OrganizationsDecisionDetail: undefined,
    PermissionsBoundaryDecisionDetail: undefined,
    EvalDecisionDetails: undefined,
    ResourceSpecificResults: undefined,
  });
  assert.equal(output.EvaluationResults[1].MatchedStatements[0].SourcePolicyId, "PolicyInputList.2");
  assert.deepEqual(output.EvaluationResults[2].MatchedStatements, []);
});

test("a value that nobody has given is named as the policy writes it, and one that is given decides", async () => {
  await using iam = await openTestIam();
  const office = policy({ Action: "ecr:PutImage", Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } } });
  const [without] = (await simulate(iam, { PolicyInputList: [office] })).EvaluationResults;
  assert.deepEqual([without.EvalDecision, without.MissingContextValues], ["implicitDeny", ["aws:SourceIp"]]);
  const ContextEntries = [{ ContextKeyName: "AWS:sourceip", ContextKeyValues: ["10.1.1.1"], ContextKeyType: "ip" }];
  const [given] = (await simulate(iam, { PolicyInputList: [office], ContextEntries })).EvaluationResults;
  assert.deepEqual([given.EvalDecision, given.MissingContextValues], ["allowed", []]);
});

test("resources are told of one by one, and together", async () => {
  await using iam = await openTestIam();
  const other = repositoryArn(testRegistry, "other");
  const one = policy({ Action: "ecr:*", Resource: app });
  const [result] = (await simulate(iam, { PolicyInputList: [one], ResourceArns: [app, other] })).EvaluationResults;
  assert.equal(result.EvalDecision, "implicitDeny");
  assert.deepEqual(
    result.ResourceSpecificResults.map((it: Record<string, unknown>) => [it["EvalResourceName"], it["EvalResourceDecision"]]),
    [
      [app, "allowed"],
      [other, "implicitDeny"],
    ],
  );
});

test("a boundary limits, and says that it does", async () => {
  await using iam = await openTestIam();
  const PermissionsBoundaryPolicyInputList = [policy({ Action: "ecr:Get*" })];
  const [result] = (await simulate(iam, { PermissionsBoundaryPolicyInputList })).EvaluationResults;
  assert.deepEqual(
    [result.EvalDecision, result.PermissionsBoundaryDecisionDetail],
    ["implicitDeny", { AllowedByPermissionsBoundary: false }],
  );
  const two = { PermissionsBoundaryPolicyInputList: [put, put], PolicyInputList: [put], ActionNames: ["ecr:PutImage"] };
  assert.equal((await iam.refusal("SimulateCustomPolicy", two)).name, "InvalidInput");
});

test("across accounts the policy of the resource has to allow too", async () => {
  await using iam = await openTestIam();
  const theirs = "arn:aws:ecr:us-east-1:123456789012:repository/app";
  const CallerArn = `arn:aws:iam::${testRegistry.account}:user/ann`;
  const ask = async (ResourcePolicy: string) =>
    (await simulate(iam, { ResourceArns: [theirs], CallerArn, ResourcePolicy })).EvaluationResults[0];
  const grant = (Principal: string) => policy({ Principal: { AWS: Principal }, Action: "ecr:PutImage" });
  const allowed = await ask(grant(CallerArn));
  assert.equal(allowed.EvalDecision, "allowed");
  assert.deepEqual(
    allowed.MatchedStatements.map((it: Record<string, unknown>) => it["SourcePolicyId"]),
    ["ResourcePolicy", "PolicyInputList.1"],
  );
  const denied = await ask(grant(`${CallerArn}e`));
  assert.equal(denied.EvalDecision, "implicitDeny");
  assert.deepEqual(
    [...denied.EvalDecisionDetails],
    [
      ["IAM Policy", "allowed"],
      ["Resource Policy", "implicitDeny"],
    ],
  );
});

test("a principal is simulated with all of its policies, those of its groups, its boundary and its tags", async () => {
  await using iam = await openTestIam();
  const { Policy } = await iam.call("CreatePolicy", {
    PolicyName: "pull",
    PolicyDocument: policy({ Action: "ecr:BatchGetImage" }),
  });
  await iam.call("CreateUser", { UserName: "ann", Tags: [{ Key: "team", Value: "a" }] });
  const Condition = { StringEquals: { "aws:PrincipalTag/team": "a", "aws:username": "ann" } };
  await iam.call("PutUserPolicy", {
    UserName: "ann",
    PolicyName: "own",
    PolicyDocument: policy({ Action: "ecr:PutImage", Condition }),
  });
  await iam.call("CreateGroup", { GroupName: "devs" });
  await iam.call("AttachGroupPolicy", { GroupName: "devs", PolicyArn: Policy.Arn });
  await iam.call("AddUserToGroup", { GroupName: "devs", UserName: "ann" });
  const PolicySourceArn = `arn:aws:iam::${testRegistry.account}:user/ann`;
  const ActionNames = ["ecr:PutImage", "ecr:BatchGetImage", "ecr:DeleteRepository"];
  const output = await iam.call("SimulatePrincipalPolicy", { PolicySourceArn, ActionNames });
  assert.deepEqual(decisions(output), ["allowed", "allowed", "implicitDeny"]);
  const ids = output.EvaluationResults.map(({ MatchedStatements }: any) => MatchedStatements[0]?.SourcePolicyId);
  assert.deepEqual(ids, ["user_ann_own", "pull", undefined]);
  const keys = await iam.call("GetContextKeysForPrincipalPolicy", { PolicySourceArn });
  assert.deepEqual(keys.ContextKeyNames, ["aws:PrincipalTag/team", "aws:username"]);

  await iam.call("PutUserPermissionsBoundary", { UserName: "ann", PermissionsBoundary: Policy.Arn });
  const bound = await iam.call("SimulatePrincipalPolicy", { PolicySourceArn, ActionNames });
  assert.deepEqual(decisions(bound), ["implicitDeny", "allowed", "implicitDeny"]);
  const group = { PolicySourceArn: `arn:aws:iam::${testRegistry.account}:group/devs`, ActionNames };
  assert.deepEqual(decisions(await iam.call("SimulatePrincipalPolicy", group)), ["implicitDeny", "allowed", "implicitDeny"]);
});

test("actions come in pages, and a marker belongs to its simulation", async () => {
  await using iam = await openTestIam();
  const ActionNames = ["ecr:PutImage", "ecr:BatchGetImage", "ecr:DeleteRepository"];
  const first = await simulate(iam, { ActionNames, MaxItems: 2 });
  assert.deepEqual([decisions(first), first.IsTruncated], [["allowed", "implicitDeny"], true]);
  const second = await simulate(iam, { ActionNames, MaxItems: 2, Marker: first.Marker });
  assert.deepEqual([second.EvaluationResults[0].EvalActionName, second.IsTruncated], ["ecr:DeleteRepository", false]);
  const elsewhere = { PolicyInputList: [put], ActionNames: ["ecr:PutImage"], Marker: first.Marker };
  assert.equal((await iam.refusal("SimulateCustomPolicy", elsewhere)).name, "InvalidParameterException");
});

test("a page ends early where policies are long, and the next one goes on", async () => {
  await using iam = await openTestIam();
  const long = policy(...Array.from({ length: 1_000 }, (_, i) => ({ Sid: `s${i}`, Action: "ecr:*" })));
  const ActionNames = Array.from({ length: 300 }, (_, i) => `ecr:Action${i}`);
  const names: string[] = [];
  let pages = 0;
  let Marker: string | undefined;
  do {
    const page = await simulate(iam, {
      PolicyInputList: [long],
      ActionNames,
      MaxItems: 1_000,
      ...(Marker === undefined ? {} : { Marker }),
    });
    names.push(...page.EvaluationResults.map((it: { EvalActionName: string }) => it.EvalActionName));
    assert.ok(page.EvaluationResults[0].MatchedStatements.length < 100);
    pages++;
    Marker = page.Marker;
  } while (Marker !== undefined);
  assert.ok(pages > 1);
  assert.deepEqual(names, ActionNames);
});

test("the context keys of policies are those of conditions and variables", async () => {
  await using iam = await openTestIam();
  const text = policy({
    Action: "ecr:*",
    Resource: "arn:aws:ecr:*:*:repository/${aws:PrincipalTag/Team}/*",
    Condition: { StringLike: { "aws:SourceVpc": ["${aws:UserName}", "vpc-1"] }, Null: { "AWS:sourcevpc": "true" } },
  });
  const { ContextKeyNames } = await iam.call("GetContextKeysForCustomPolicy", { PolicyInputList: [text] });
  assert.deepEqual(ContextKeyNames, ["aws:SourceVpc", "aws:PrincipalTag/Team", "aws:UserName"]);
});

test("what cannot be simulated is refused", async () => {
  await using iam = await openTestIam();
  const custom = async (input: object) => {
    const whole = { PolicyInputList: [put], ActionNames: ["ecr:PutImage"], ...input };
    return (await iam.refusal("SimulateCustomPolicy", whole)).name;
  };
  assert.equal(await custom({ PolicyInputList: ["{}"] }), "InvalidInput");
  assert.equal(await custom({ ActionNames: ["ecr:*"] }), "InvalidInput");
  assert.equal(await custom({ PolicyInputList: [`${put}${" ".repeat(70_000)}`] }), "InvalidInput");
  assert.equal(await custom({ CallerArn: `arn:aws:iam::${testRegistry.account}:role/x` }), "InvalidInput");
  assert.equal(await custom({ ResourceOwner: "me" }), "InvalidInput");
  const source = (kind: string) => ({
    PolicySourceArn: `arn:aws:iam::${testRegistry.account}:${kind}`,
    ActionNames: ["ecr:PutImage"],
  });
  assert.equal((await iam.refusal("SimulatePrincipalPolicy", source("user/nobody"))).name, "NoSuchEntity");
  assert.equal((await iam.refusal("SimulatePrincipalPolicy", source("policy/x"))).name, "InvalidInput");
});
