import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import type { Principal } from "../kernel/call.ts";
import type { AccountId, Arn } from "../kernel/names.ts";
import { createSealer } from "../keys/sealer.ts";
import { accountOfSessionKey, issueSession, openSession } from "./session-credentials.ts";

const account = "999988887777" as AccountId;
const principal: Principal = {
  type: "assumed-role",
  account,
  arn: `arn:aws:sts::${account}:assumed-role/deploy/ci` as Arn,
  userId: "AROAEXAMPLE:ci",
  entityId: "AROAEXAMPLE",
  session: {
    issued_ms: 1_000,
    expires_ms: 2_000,
    principalArn: `arn:aws:iam::${account}:role/ci/deploy` as Arn,
    policies: ['{"Version":"2012-10-17","Statement":[]}'],
    policyArns: [],
    tags: [{ key: "team", value: "Größe" }],
    transitiveTagKeys: ["team"],
    mfa: false,
    origin: "assume-role",
  },
};

test("session credentials look as AWS's do, and open to the principal they were issued to", () => {
  const sealer = createSealer(randomBytes(32));
  const { accessKeyId, secretAccessKey, sessionToken } = issueSession(sealer, principal);
  assert.match(accessKeyId, /^ASIA[A-Z2-7]{16}$/);
  assert.equal(secretAccessKey.length, 40);
  assert.deepEqual(openSession(sealer, accessKeyId, sessionToken), { principal, secretAccessKey });
});

test("no two sessions have a key id, a secret or a token in common", () => {
  const sealer = createSealer(randomBytes(32));
  const [one, two] = [issueSession(sealer, principal), issueSession(sealer, principal)];
  assert.notEqual(one.accessKeyId, two.accessKeyId);
  assert.notEqual(one.secretAccessKey, two.secretAccessKey);
  assert.notEqual(one.sessionToken, two.sessionToken);
});

test("a session token opens only with its own access key id, unaltered, and where it was issued", () => {
  const sealer = createSealer(randomBytes(32));
  const { accessKeyId, sessionToken } = issueSession(sealer, principal);
  const other = issueSession(sealer, principal).accessKeyId;
  assert.equal(openSession(sealer, other, sessionToken), undefined);
  assert.equal(openSession(sealer, accessKeyId.replace("ASIA", "AKIA"), sessionToken), undefined);
  assert.equal(openSession(createSealer(randomBytes(32)), accessKeyId, sessionToken), undefined);
  for (const altered of [
    "",
    "x",
    `${sessionToken}A`,
    sessionToken.slice(0, -1),
    `B${sessionToken.slice(1)}`,
    "A".repeat(5_000),
  ]) {
    assert.equal(openSession(sealer, accessKeyId, altered), undefined, altered);
  }
});

test("a seal of another purpose is no session", () => {
  const sealer = createSealer(randomBytes(32));
  const { accessKeyId } = issueSession(sealer, principal);
  const sealed = sealer.seal("authorization-token", Buffer.from("{}"), accessKeyId).toString("base64url");
  assert.equal(openSession(sealer, accessKeyId, sealed), undefined);
});

test("a token is at least as long as was asked for", () => {
  const sealer = createSealer(randomBytes(32));
  for (const length_min of [0, 1, 999, 1_000, 1_001, 4_095, 4_096]) {
    const { accessKeyId, sessionToken } = issueSession(sealer, principal, length_min);
    assert.ok(sessionToken.length >= length_min && sessionToken.length <= Math.max(length_min + 2, 800), String(length_min));
    assert.deepEqual(openSession(sealer, accessKeyId, sessionToken)?.principal, principal);
  }
});

test("the account can be read from a session's access key id", () => {
  const sealer = createSealer(randomBytes(32));
  for (const id of ["000000000000", "000000000001", "123456789012", "999999999999"]) {
    const { accessKeyId } = issueSession(sealer, { ...principal, account: id as AccountId });
    assert.equal(accountOfSessionKey(accessKeyId), id);
  }
  for (const id of ["AKIAIOSFODNN7EXAMPLE", "ASIA", "ASIAIOSFODNN0EXAMPLE", "ASIA7777777777777777"]) {
    assert.equal(accountOfSessionKey(id), undefined, id);
  }
});
