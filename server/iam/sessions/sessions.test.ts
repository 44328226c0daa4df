import assert from "node:assert/strict";
import { test } from "node:test";
import { openSession } from "../../identity/session-credentials.ts";
import type { Principal } from "../../kernel/call.ts";
import type { AccountId, Arn } from "../../kernel/names.ts";
import { rootOf } from "../../testing/call.ts";
import { openTestIam, type TestIam } from "../../testing/iam.ts";
import { checkSessionReach } from "./session-reach.ts";

const account = "000000000000" as AccountId;
const ANN: Principal = {
  type: "user",
  account,
  arn: `arn:aws:iam::${account}:user/team/ann` as Arn,
  userId: "AIDAANN",
  entityId: "AIDAANN",
  userName: "ann",
  accessKeyId: "AKIAANN",
};
const POLICY = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ecr:*","Resource":"*"}}';

/** The principal that issued credentials are of. */
function holderOf({ sealer }: TestIam, { Credentials }: { Credentials: Record<string, string> }): Principal {
  const opened = openSession(sealer, Credentials["AccessKeyId"] ?? "", Credentials["SessionToken"] ?? "");
  assert.equal(opened?.secretAccessKey, Credentials["SecretAccessKey"]);
  assert.ok(opened !== undefined);
  return opened.principal;
}

test("GetSessionToken gives a user credentials that are its own, for twelve hours", async () => {
  await using iam = await openTestIam();
  const answer = await iam.call("GetSessionToken", {}, { principal: ANN });
  const { session, ...principal } = holderOf(iam, answer);
  assert.deepEqual(principal, ANN);
  assert.equal(session?.origin, "session-token");
  assert.equal(answer.Credentials.Expiration.getTime(), Math.floor(iam.clock.now() / 1000) * 1000 + 43_200_000);
  assert.equal(answer.SessionTokenSize, answer.Credentials.SessionToken.length);
});

test("GetSessionToken gives root an hour, whatever it asks for", async () => {
  await using iam = await openTestIam();
  const answer = await iam.call("GetSessionToken", { DurationSeconds: 129_600 });
  assert.equal(holderOf(iam, answer).type, "root");
  assert.equal(answer.Credentials.Expiration.getTime(), Math.floor(iam.clock.now() / 1000) * 1000 + 3_600_000);
});

test("no MFA code is right where there are no devices", async () => {
  await using iam = await openTestIam();
  const input = { SerialNumber: "arn:aws:iam::000000000000:mfa/ann", TokenCode: "123456" };
  assert.equal((await iam.refusal("GetSessionToken", input, { principal: ANN })).name, "AccessDeniedException");
});

test("GetFederationToken gives somebody else's name what the session policies allow", async () => {
  await using iam = await openTestIam();
  const input = {
    Name: "bob@example.com",
    Policy: POLICY,
    PolicyArns: [{ arn: "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly" }],
    Tags: [{ Key: "team", Value: "blue" }],
    DurationSeconds: 900,
  };
  const answer = await iam.call("GetFederationToken", input, { principal: ANN });
  const arn = `arn:aws:sts::${account}:federated-user/bob@example.com`;
  assert.deepEqual(answer.FederatedUser, { FederatedUserId: `${account}:bob@example.com`, Arn: arn });
  assert.equal(answer.PackedPolicySize, answer.SessionTokenUtilization);
  const { session, ...principal } = holderOf(iam, answer);
  assert.deepEqual(principal, {
    type: "federated-user",
    account,
    arn,
    userId: `${account}:bob@example.com`,
    entityId: "AIDAANN",
    accessKeyId: "AKIAANN",
  });
  assert.deepEqual(session?.policies, [POLICY]);
  assert.deepEqual(session?.policyArns, ["arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"]);
  assert.deepEqual(session?.tags, [{ key: "team", value: "blue" }]);
});

test("session credentials beget no sessions of users", async () => {
  await using iam = await openTestIam();
  const principal = holderOf(iam, await iam.call("GetSessionToken", {}, { principal: ANN }));
  for (const [name, input] of [
    ["GetSessionToken", {}],
    ["GetFederationToken", { Name: "bob" }],
  ] as const) {
    assert.deepEqual(await iam.refusal(name, input, { principal }), {
      name: "AccessDeniedException",
      message: `Cannot call ${name} with session credentials`,
    });
  }
});

test("what is not a session policy is refused", async () => {
  await using iam = await openTestIam();
  const refusal = async (input: object): Promise<string> =>
    (await iam.refusal("GetFederationToken", { Name: "bob", ...input })).name;
  const principal = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"ecr:*","Resource":"*"}}';
  const noResource = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ecr:*"}}';
  for (const Policy of ["{", "[]", '{"Version":"2012-10-17"}', principal, noResource]) {
    assert.equal(await refusal({ Policy }), "MalformedPolicyDocument", Policy);
  }
  for (const arn of ["arn:aws:iam::111111111111:policy/theirs", "arn:aws:iam::aws:role/some-role", "arn:aws:s3:::not-a-policy"]) {
    assert.equal(await refusal({ PolicyArns: [{ arn }] }), "ValidationException", arn);
  }
});

test("a session whose policies and tags are too much for a token is refused, and told how much too much", async () => {
  await using iam = await openTestIam();
  const random = (length: number): string =>
    Array.from({ length }, () => String.fromCharCode(0x4e00 + Math.random() * 20_000)).join("");
  const Tags = Array.from({ length: 30 }, (_, at) => ({ Key: `k${at}`, Value: random(200) }));
  const { name, message } = await iam.refusal("GetFederationToken", { Name: "bob", Tags });
  assert.equal(name, "PackedPolicyTooLarge");
  assert.match(message, /^Packed policy consumes \d{3}% of allotted space, please use smaller policy\.$/);
});

test("tags whose keys differ in case only are refused", async () => {
  await using iam = await openTestIam();
  const Tags = [
    { Key: "Team", Value: "a" },
    { Key: "team", Value: "b" },
  ];
  assert.deepEqual(await iam.refusal("GetFederationToken", { Name: "bob", Tags }), {
    name: "InvalidParameterValue",
    message: "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
  });
});

test("GetAccessKeyInfo says whose a session's key is, and refuses one that nobody has", async () => {
  await using iam = await openTestIam();
  const { Credentials } = await iam.call("GetSessionToken", {}, { principal: rootOf("123456789012") });
  assert.deepEqual(await iam.call("GetAccessKeyInfo", { AccessKeyId: Credentials.AccessKeyId }), { Account: "123456789012" });
  assert.equal((await iam.refusal("GetAccessKeyInfo", { AccessKeyId: "AKIAIOSFODNN7EXAMPLE" })).name, "ValidationException");
});

test("the id of a denied request is decoded for principals of its account, and for nobody else", async () => {
  await using iam = await openTestIam();
  const RoleArn = `arn:aws:iam::${account}:role/none`;
  const requestId = "denied-1";
  await iam.refusal("AssumeRole", { RoleArn, RoleSessionName: "ci" }, { principal: ANN, requestId });
  const { DecodedMessage } = await iam.call("DecodeAuthorizationMessage", { EncodedMessage: requestId });
  const { context, ...message } = JSON.parse(DecodedMessage);
  assert.deepEqual(message, { allowed: false, explicitDeny: false, matchedStatements: { items: [] }, failures: { items: [] } });
  assert.deepEqual([context.principal, context.action, context.resource], [{ arn: ANN.arn }, "sts:AssumeRole", RoleArn]);
  const other = { principal: rootOf("111111111111") };
  const refused = await iam.refusal("DecodeAuthorizationMessage", { EncodedMessage: requestId }, other);
  assert.equal(refused.name, "InvalidAuthorizationMessageException");
  const unknown = await iam.refusal("DecodeAuthorizationMessage", { EncodedMessage: "garbage" }, other);
  assert.deepEqual(unknown, refused);
});

test("a decoded denial names the statement that denied, and what the request had of what it asks for", async () => {
  await using iam = await openTestIam();
  const deny = { Effect: "Deny", Principal: "*", Action: "sts:AssumeRole", Sid: "Night" };
  const Condition = { StringEquals: { "sts:RoleSessionName": "ci" } };
  const allow = { Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [allow, { ...deny, Condition }] });
  const { Role } = await iam.call("CreateRole", { RoleName: "deploy", AssumeRolePolicyDocument });
  const requestId = "denied-2";
  await iam.refusal("AssumeRole", { RoleArn: Role.Arn, RoleSessionName: "ci" }, { principal: ANN, requestId });
  const { DecodedMessage } = await iam.call("DecodeAuthorizationMessage", { EncodedMessage: requestId });
  const { explicitDeny, matchedStatements, context } = JSON.parse(DecodedMessage);
  assert.equal(explicitDeny, true);
  const night = { statementId: "Night", effect: "DENY", policyType: "role-trust", policy: Role.Arn };
  assert.deepEqual(
    matchedStatements.items.find((it: any) => it.effect === "DENY"),
    night,
  );
  const name = { key: "sts:rolesessionname", values: { items: [{ value: "ci" }] } };
  assert.deepEqual(context.conditions.items, [name]);
});

test("the credentials of GetSessionToken and GetFederationToken do not reach IAM, nor most of STS", async () => {
  await using iam = await openTestIam();
  const session = holderOf(iam, await iam.call("GetSessionToken", {}, { principal: ANN }));
  const federated = holderOf(iam, await iam.call("GetFederationToken", { Name: "bob" }, { principal: ANN }));
  const reaches = (principal: Principal, service: "iam" | "sts", operation: string): string => {
    try {
      checkSessionReach(principal, service, operation);
      return "yes";
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  assert.equal(reaches(ANN, "iam", "GetUser"), "yes");
  assert.equal(reaches(session, "iam", "GetUser"), "UnrecognizedClientException");
  assert.equal(reaches(federated, "iam", "GetUser"), "UnrecognizedClientException");
  assert.equal(reaches(session, "sts", "AssumeRole"), "yes");
  assert.equal(reaches(federated, "sts", "AssumeRole"), "AccessDeniedException");
  assert.equal(reaches(federated, "sts", "GetCallerIdentity"), "yes");
  assert.equal(reaches(session, "sts", "GetAccessKeyInfo"), "AccessDeniedException");
});

test("a session's managed policies must be there, and AWS's that are not here are told so", async () => {
  await using iam = await openTestIam();
  const own = `arn:aws:iam::${account}:policy/pull`;
  const aws = "arn:aws:iam::aws:policy/AmazonNoSuchPolicy";
  const ask = (arn: string) => iam.refusal("GetFederationToken", { Name: "bob", PolicyArns: [{ arn }] }, { principal: ANN });
  assert.deepEqual(await ask(own), {
    name: "MalformedPolicyDocument",
    message: `Policy ${own} does not exist or is not attachable.`,
  });
  assert.match((await ask(aws)).message, /^Policy .* not attachable\. Not all of AWS's policies are in this registry: /);
  await iam.call("CreatePolicy", { PolicyName: "pull", PolicyDocument: POLICY });
  await iam.call("GetFederationToken", { Name: "bob", PolicyArns: [{ arn: own }] }, { principal: ANN });
});
