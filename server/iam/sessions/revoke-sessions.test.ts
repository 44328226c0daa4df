import assert from "node:assert/strict";
import { test } from "node:test";
import { createPrincipals } from "../../identity/principals.ts";
import { openSession } from "../../identity/session-credentials.ts";
import type { Principal } from "../../kernel/call.ts";
import type { AccountId } from "../../kernel/names.ts";
import { rootOf } from "../../testing/call.ts";
import { openTestIam } from "../../testing/iam.ts";
import { addAccountRow } from "../../testing/rows.ts";

const account = "000000000000" as AccountId;
const ROLE = `arn:aws:iam::${account}:role/ci/deploy`;

/** The role `ci/deploy`, which ann may assume, and it itself; the clock stands still. */
async function openScene() {
  const iam = await openTestIam();
  const principals = createPrincipals(iam);
  await iam.metadata.writeGlobal((tx) => addAccountRow(tx, account));
  const { User } = await iam.call("CreateUser", { UserName: "ann" });
  const { UserId: userId, Arn: arn } = User;
  const ann: Principal = { type: "user", account, arn, userId, entityId: userId, userName: "ann" };
  const trust = (...AWS: string[]) => {
    const Statement = [{ Effect: "Allow", Principal: { AWS }, Action: "sts:AssumeRole" }];
    return JSON.stringify({ Version: "2012-10-17", Statement });
  };
  await iam.call("CreateRole", { RoleName: "deploy", Path: "/ci/", AssumeRolePolicyDocument: trust(ann.arn) });
  await iam.call("UpdateAssumeRolePolicy", { RoleName: "deploy", PolicyDocument: trust(ann.arn, ROLE) });
  const ask = { RoleArn: ROLE, RoleSessionName: "build" };
  /** The principal that temporary credentials are of. */
  async function issued(
    name: string,
    input: Readonly<Record<string, string>> = {},
    principal: Principal = ann,
  ): Promise<Principal> {
    const { Credentials } = await iam.call(name, input, { principal });
    return openSession(iam.sealer, Credentials.AccessKeyId, Credentials.SessionToken)?.principal ?? assert.fail();
  }
  return {
    iam,
    ann,
    ask,
    issued,
    assume: (principal?: Principal) => issued("AssumeRole", ask, principal),
    revoke: (principalArn: string) => iam.call("RevokeSessions", { principalArn }),
    isGood: async (principal: Principal) => (await principals.current(principal)) !== undefined,
    [Symbol.asyncDispose]: () => iam[Symbol.asyncDispose](),
  };
}

test("revoking ends every session of a role that has begun, and none that begins after it, though all is in one millisecond", async () => {
  await using at = await openScene();
  const sessions: Principal[] = [];
  for (let time = 0; time < 3; time++) {
    sessions.push(await at.assume());
    assert.ok(await at.isGood(sessions[time]!));
    const answer = await at.revoke(ROLE);
    assert.deepEqual(answer, { principalArn: ROLE, sessionsValidFrom: (at.iam.clock.now() + time + 1) / 1000 });
    for (const session of sessions) assert.equal(await at.isGood(session), false);
  }
  assert.ok(await at.isGood(await at.assume()));
});

test("sessions of a user end, whoever they stand for; the user and all other sessions stay", async () => {
  await using at = await openScene();
  const begin = () => Promise.all([at.issued("GetSessionToken"), at.issued("GetFederationToken", { Name: "bob" })]);
  const [before, role] = [await begin(), await at.assume()];
  await at.revoke(at.ann.arn);
  for (const session of before) assert.equal(await at.isGood(session), false, session.type);
  for (const principal of [at.ann, role, ...(await begin())]) assert.ok(await at.isGood(principal), principal.arn);
});

test("a clock that was set back neither brings sessions back nor keeps new ones out", async () => {
  await using at = await openScene();
  const before = await at.assume();
  await at.revoke(ROLE);
  at.iam.clock.advance(-3_600_000);
  const between = await at.assume();
  assert.ok(await at.isGood(between));
  await at.revoke(ROLE);
  for (const session of [before, between]) assert.equal(await at.isGood(session), false);
  assert.ok(await at.isGood(await at.assume()));
});

test("a session that was revoked while its request was on its way makes nothing that lasts", async () => {
  await using at = await openScene();
  const principal = await at.assume();
  await at.iam.call("AssumeRole", at.ask, { principal });
  await at.revoke(ROLE);
  for (const [name, input] of [
    ["AssumeRole", at.ask],
    ["CreateRegistryToken", { name: "edge" }],
    ["CreateRegistryToken", { name: "edge", principalArn: at.ann.arn }],
  ] as const) {
    assert.equal((await at.iam.refusal(name, input, { principal })).name, "AccessDeniedException");
  }
});

test("a user's registry tokens are no sessions and stay", async () => {
  await using at = await openScene();
  await at.iam.call("CreateRegistryToken", { name: "edge", principalArn: at.ann.arn });
  await at.revoke(at.ann.arn);
  assert.equal((await at.iam.call("ListRegistryTokens")).registryTokens.length, 1);
});

test("who is no user or role of the account has no sessions to revoke, in the same words whether there is one elsewhere", async () => {
  await using at = await openScene();
  await at.iam.call("CreateGroup", { GroupName: "team" });
  const session = await at.assume();
  const refused = async (principalArn: string, changes = {}) => {
    const { name, message } = await at.iam.refusal("RevokeSessions", { principalArn }, changes);
    assert.deepEqual([name, message], ["NoSuchEntity", `There is no user or role ${principalArn} in this account.`]);
  };
  for (const end of ["role/deploy", "role/ci/Deploy", "role/ci/none", "user/ci/deploy", "group/team", "root"]) {
    await refused(`arn:aws:iam::${account}:${end}`);
  }
  await refused(`arn:aws:sts::${account}:assumed-role/deploy/build`);
  await refused(ROLE.replace(account, "111111111111"));
  await refused(ROLE, { principal: rootOf("111111111111") });
  assert.ok(await at.isGood(session));
});
