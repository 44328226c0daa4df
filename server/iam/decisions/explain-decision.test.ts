import assert from "node:assert/strict";
import { test } from "node:test";
import { type Arn, repositoryArn } from "../../kernel/names.ts";
import { rootOf, testRegistry } from "../../testing/call.ts";
import { openTestDecisions, otherRegistry } from "../../testing/decisions.ts";

const app = repositoryArn(testRegistry, "app");
const theirs = repositoryArn(otherRegistry, "app");
const fromOffice = { Action: "ecr:PutImage", Resource: "*", Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } } };

test("a denial is explained by the id of its request: what was looked at, and which value decided", async () => {
  await using at = await openTestDecisions();
  const ann = await at.add("user", "ann", { Sid: "Office", ...fromOffice }, { Action: "ecr:BatchGetImage", Resource: "*" });
  const requestId = await at.ask(
    { principal: ann, origin: { address: "192.0.2.1", secure: true } },
    { action: "ecr:PutImage", resource: app },
  );
  const found = await at.explain({ requestId });
  const { statements, ...facts } = found;
  assert.deepEqual(facts, {
    requestId,
    decidedAt: at.iam.clock.now() / 1000,
    principal: ann.arn,
    action: "ecr:PutImage",
    resource: app,
    decision: "implicitDeny",
    message: `User: ${ann.arn} is not authorized to perform: ecr:PutImage on resource: ${app} because no identity-based policy allows the ecr:PutImage action`,
    decidedBy: undefined,
    context: [{ key: "aws:sourceip", values: ["192.0.2.1"] }],
    statementsLeftOut: 0,
  });
  assert.deepEqual(statements[0].conditions, [
    { operator: "IpAddress", key: "aws:sourceip", wanted: ["10.0.0.0/8"], given: ["192.0.2.1"], holds: false },
  ]);
  assert.deepEqual(
    statements.map((it: { applies: boolean; matches: { action: boolean } }) => [it.applies, it.matches.action]),
    [
      [false, true],
      [false, false],
    ],
  );
});

test("a variable that a policy names is among what decided, with the value that the request has or none", async () => {
  await using at = await openTestDecisions();
  const resource = "arn:aws:ecr:*:*:repository/${aws:PrincipalTag/team}/*";
  const condition = { StringLike: { "aws:PrincipalArn": "*/team/${aws:username}" } };
  const ann = await at.add(
    "user",
    "ann",
    { Sid: "Team", Action: "ecr:PutImage", Resource: resource },
    { Sid: "Own", Action: "ecr:*", Resource: "*", Condition: condition },
    { Sid: "Other", Action: "ecr:BatchGetImage", Resource: resource.replace("team", "desk") },
  );
  const requestId = await at.ask({ principal: ann }, { action: "ecr:PutImage", resource: app });
  const { statements, context } = await at.explain({ requestId });
  const variables = statements.map((it: { variables?: string[] }) => it.variables);
  assert.deepEqual(variables, [["aws:principaltag/team"], ["aws:username"], undefined]);
  assert.deepEqual(
    new Map(context.map((it: { key: string; values: string[] }) => [it.key, it.values])),
    new Map([
      ["aws:principaltag/team", []],
      ["aws:principalarn", [ann.arn]],
      ["aws:username", ["ann"]],
    ]),
  );
});

test("another account's tags are not told by way of a variable", async () => {
  await using at = await openTestDecisions();
  const resource = "arn:aws:ecr:*:*:repository/${aws:ResourceTag/team}";
  const spy = await at.add("user", "spy", { Action: "ecr:PutImage", Resource: resource });
  const requestId = await at.ask({ principal: spy, registry: otherRegistry }, { action: "ecr:PutImage", resource: theirs });
  assert.deepEqual((await at.explain({ requestId })).context, []);
});

test("an explicit deny names its statement", async () => {
  await using at = await openTestDecisions();
  const ann = await at.add(
    "user",
    "ann",
    { Action: "*", Resource: "*" },
    { Sid: "No", Effect: "Deny", Action: "ecr:Delete*", Resource: "*" },
  );
  const requestId = await at.ask({ principal: ann }, { action: "ecr:DeleteRepository", resource: app });
  const { decision, decidedBy } = await at.explain({ requestId });
  assert.deepEqual([decision, decidedBy], ["explicitDeny", { type: "identity", policy: "own", sid: "No", index: 1 }]);
  assert.equal(await at.ask({ principal: ann }, { action: "ecr:PutImage", resource: app }), undefined);
});

test("each account sees its own policies and tags alone, and a third sees nothing", async () => {
  await using at = await openTestDecisions();
  const condition = { StringEquals: { "aws:ResourceTag/team": "secret", "aws:PrincipalTag/desk": "x" } };
  const ann = await at.add("user", "ann", { Action: "ecr:PutImage", Resource: "*", Condition: condition });
  await at.setRepositoryPolicy(otherRegistry, "app", {
    Principal: { AWS: ann.arn },
    Action: "ecr:PutImage",
    Condition: condition,
  });
  const requestId = await at.ask({ principal: ann, registry: otherRegistry }, { action: "ecr:PutImage", resource: theirs });

  const types = ({ statements }: { statements: { type: string }[] }) => statements.map((it) => it.type);
  const keys = ({ context }: { context: { key: string }[] }) => context.map((it) => it.key);
  const ours = await at.explain({ requestId });
  assert.deepEqual([types(ours), keys(ours), ours.statementsLeftOut], [["identity"], ["aws:principaltag/desk"], 0]);
  const foreign = await at.explain({ requestId }, { principal: rootOf(otherRegistry.account) });
  assert.deepEqual([types(foreign), keys(foreign), foreign.statementsLeftOut], [["resource"], ["aws:resourcetag/team"], 0]);

  const stranger = { principal: rootOf("999999999999") };
  const refusal = (id: string) =>
    at.explain({ requestId: id }, stranger).catch((error: Error) => error.message.replace(id, "ID"));
  assert.equal(await refusal(requestId ?? ""), await refusal("request-none"));
});

test("nothing that is another account's shows in a denial: it is as if it were not there", async () => {
  await using at = await openTestDecisions();
  const ann = await at.add("user", "ann", { Action: "*", Resource: "*" });
  const Condition = { StringEquals: { "aws:SourceVpce": "vpce-1" } };
  await at.setRepositoryPolicy(otherRegistry, "there", { Principal: { AWS: ann.arn }, Action: "ecr:PutImage", Condition });
  const [requestId, absentId] = await Promise.all(
    ["there", "gone"].map((name) =>
      at.ask(
        { principal: ann, registry: otherRegistry },
        { action: "ecr:PutImage", resource: repositoryArn(otherRegistry, name) },
      ),
    ),
  );
  const told = async (id: string | undefined) =>
    JSON.stringify(await at.explain({ requestId: id })).replaceAll(/there|gone|request-\d+/g, "X");
  assert.equal(await told(requestId), await told(absentId));

  const role = (account: string, name: string) => `arn:aws:iam::${account}:role/${name}`;
  const assume = async (resource: string) => {
    const answer = await at.explain({ principalArn: ann.arn, action: "sts:AssumeRole", resource });
    return JSON.stringify(answer).replaceAll(resource, "X");
  };
  await at.iam.call(
    "CreateRole",
    {
      RoleName: "theirs",
      AssumeRolePolicyDocument: `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}}`,
    },
    { principal: rootOf(otherRegistry.account) },
  );
  assert.equal(await assume(role(otherRegistry.account, "theirs")), await assume(role(otherRegistry.account, "none")));
});

test("a request that nobody has made is decided now, and what it would bring is not there unless it is said", async () => {
  await using at = await openTestDecisions();
  const ann = await at.add("user", "ann", fromOffice);
  const asked = { principalArn: ann.arn, action: "ecr:PutImage", resource: app };
  const decisionOf = async (context: object[]) => (await at.explain({ ...asked, context })).decision;
  assert.equal(await decisionOf([]), "implicitDeny");
  assert.equal(await decisionOf([{ key: "aws:SourceIp", values: ["10.1.2.3"] }]), "allowed");
  assert.equal(await decisionOf([{ key: "aws:sourceip", values: ["192.0.2.1"] }]), "implicitDeny");
});

test("who may assume a role is decided by its trust policy", async () => {
  await using at = await openTestDecisions();
  const ann = await at.add("user", "ann", { Action: "sts:*", Resource: "*" });
  const role = await at.add("role", "push");
  const resource = role.session?.principalArn;
  const { decision, message } = await at.explain({ principalArn: ann.arn, action: "sts:AssumeRole", resource });
  assert.equal(decision, "implicitDeny");
  assert.match(message, /no role trust policy allows/);
});

test("roles and sessions of them are principals; other accounts' are not looked up", async () => {
  await using at = await openTestDecisions();
  const role = await at.add("role", "push", { Action: "ecr:*", Resource: "*" });
  for (const principalArn of [role.session?.principalArn, role.arn, rootOf(testRegistry.account).arn]) {
    assert.equal((await at.explain({ principalArn, action: "ecr:PutImage", resource: app })).decision, "allowed");
  }
  const refused = (principalArn: string, code: string) =>
    assert.rejects(at.explain({ principalArn, action: "ecr:PutImage", resource: app }), { code });
  await refused(rootOf(otherRegistry.account).arn, "ValidationException");
  await refused(`arn:aws:iam::${testRegistry.account}:user/nobody` as Arn, "NoSuchEntityException");
  await refused(`arn:aws:iam::${testRegistry.account}:group/x` as Arn, "NoSuchEntityException");
  await assert.rejects(at.explain({ action: "ecr:PutImage", resource: app }), { code: "ValidationException" });
});
