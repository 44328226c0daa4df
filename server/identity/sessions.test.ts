import assert from "node:assert/strict";
import { test } from "node:test";
import { revokeSessions } from "../iam/sessions/revoke-sessions.ts";
import type { Principal, Session } from "../kernel/call.ts";
import type { AccountId, Arn, Region } from "../kernel/names.ts";
import { query } from "../platform/metadata/query.ts";
import { exampleKey, openTestIdentity, type TestIdentity } from "../testing/identity.ts";
import { addEntityRow } from "../testing/rows.ts";
import { type SignedRequest, signedHead } from "../testing/signed-request.ts";
import { issueSession, type SessionCredentials } from "./session-credentials.ts";

const account = "000000000000" as AccountId;
const ROLE = { account, kind: "role", id: "AROAAAAAAAAAAAAAAAAAA", name: "deploy" } as const;
const HOUR_MS = 60 * 60 * 1000;

const deleteRole = query<{ id: string }>()((db, p) => db.deleteFrom("iam_entities").where("id", "=", p.id));

/** A session of the role that began now, with a session policy of `padding` characters more. */
function sessionOfRole({ clock }: TestIdentity, changes: Partial<Session> = {}): Principal {
  return {
    type: "assumed-role",
    account,
    arn: `arn:aws:sts::${account}:assumed-role/deploy/ci` as Arn,
    userId: `${ROLE.id}:ci`,
    entityId: ROLE.id,
    session: {
      issued_ms: clock.now(),
      expires_ms: clock.now() + HOUR_MS,
      principalArn: `arn:aws:iam::${account}:role/deploy` as Arn,
      policies: [],
      policyArns: [],
      tags: [{ key: "team", value: "blue" }],
      transitiveTagKeys: [],
      mfa: false,
      origin: "assume-role",
      ...changes,
    },
  };
}

async function withRole() {
  const at = await openTestIdentity({ account });
  await at.metadata.writeGlobal((tx) => addEntityRow(tx, ROLE));
  const principal = sessionOfRole(at);
  return { at, principal, credentials: issueSession(at.sealer, principal) };
}

/** A request that a session has signed, or what is changed of it. */
function claim(
  at: TestIdentity,
  { accessKeyId, secretAccessKey, sessionToken }: SessionCredentials,
  changes: Partial<SignedRequest> = {},
) {
  const head = signedHead({
    accessKeyId,
    secretAccessKey,
    time_ms: at.clock.now(),
    headers: { "X-Amz-Security-Token": sessionToken },
    ...changes,
  });
  return at.identity.claim(head);
}

const INVALID = { code: "UnrecognizedClientException", message: "The security token included in the request is invalid." };

test("a request that a session has signed is that session's, with all that it was given", async () => {
  const { at, principal, credentials } = await withRole();
  await using _ = at;
  const claimed = await claim(at, credentials);
  claimed.verify(Buffer.alloc(0));
  assert.deepEqual(claimed.principal, principal);
});

test("a session needs the secret that belongs to its token", async () => {
  const { at, principal, credentials } = await withRole();
  await using _ = at;
  const other = issueSession(at.sealer, principal);
  const claimed = await claim(at, { ...credentials, secretAccessKey: other.secretAccessKey });
  assert.throws(() => claimed.verify(Buffer.alloc(0)), { code: "InvalidSignatureException" });
  await assert.rejects(claim(at, { ...credentials, sessionToken: other.sessionToken }), INVALID);
});

test("a session's key is nothing without its token, and a long-term key nothing with one", async () => {
  const { at, credentials } = await withRole();
  await using _ = at;
  await assert.rejects(claim(at, credentials, { headers: {} }), INVALID);
  await assert.rejects(claim(at, { ...exampleKey, sessionToken: credentials.sessionToken }), INVALID);
  await assert.rejects(claim(at, { ...credentials, sessionToken: "IQoJb3JpZ2luX2VjE" }), INVALID);
});

test("a token that the signature does not cover is refused", async () => {
  const { at, credentials } = await withRole();
  await using _ = at;
  await assert.rejects(claim(at, credentials, { unsigned: ["x-amz-security-token"] }), {
    code: "InvalidSignatureException",
    message: "'x-amz-security-token' must be a 'SignedHeader' in the AWS Authorization.",
  });
});

test("a session ends at its time, in AWS's words", async () => {
  const { at, credentials } = await withRole();
  await using _ = at;
  at.clock.advance(HOUR_MS - 1);
  await claim(at, credentials);
  at.clock.advance(1);
  await assert.rejects(claim(at, credentials), {
    code: "ExpiredTokenException",
    message: "The security token included in the request is expired",
  });
});

test("a session ends with its role, and is not another role's of the same name", async () => {
  const { at, credentials } = await withRole();
  await using _ = at;
  await claim(at, credentials);
  await at.metadata.writeGlobal((tx) => tx.run(deleteRole, ROLE));
  await assert.rejects(claim(at, credentials), INVALID);
  await at.metadata.writeGlobal((tx) => addEntityRow(tx, { ...ROLE, id: "AROABBBBBBBBBBBBBBBBB" }));
  await assert.rejects(claim(at, credentials), INVALID);
});

test("sessions that are revoked end at once, with the passwords that they got; later ones do not", async () => {
  const { at, principal, credentials } = await withRole();
  await using _ = at;
  const { password } = at.identity.issueToken(principal, "us-east-1" as Region);
  await at.identity.verifyToken(password);
  const { from_ms } = await revokeSessions(at, account, `arn:aws:iam::${account}:role/deploy` as Arn);
  await assert.rejects(claim(at, credentials), INVALID);
  await assert.rejects(at.identity.verifyToken(password), { code: "NotAuthorizedException" });
  await claim(at, issueSession(at.sealer, sessionOfRole(at, { issued_ms: from_ms })));
});

test("a password carries the session whole, and lives for its twelve hours", async () => {
  const { at, principal } = await withRole();
  await using _ = at;
  const { password, expires_ms } = at.identity.issueToken(principal, "us-east-1" as Region);
  assert.equal(expires_ms - at.clock.now(), 12 * HOUR_MS);
  at.clock.advance(11 * HOUR_MS);
  assert.deepEqual((await at.identity.verifyToken(password)).principal, principal);
  at.clock.advance(HOUR_MS);
  await assert.rejects(at.identity.verifyToken(password), { code: "ExpiredTokenException" });
});

test("the largest session there may be has a password that is read", async () => {
  const { at } = await withRole();
  await using _ = at;
  let principal = sessionOfRole(at);
  let policy = "";
  // What compresses badly, until the next piece would be too much.
  for (let number = 1; ; number++) {
    policy += `{"Sid":"${Math.imul(number, 2_654_435_761).toString(36)}"}`;
    const larger = sessionOfRole(at, { policies: [policy] });
    if (issueSession(at.sealer, larger).sessionToken.length > 4096) break;
    principal = larger;
  }
  const { password } = at.identity.issueToken(principal, "ap-southeast-3" as Region);
  assert.deepEqual((await at.identity.verifyToken(password)).principal, principal);
});
