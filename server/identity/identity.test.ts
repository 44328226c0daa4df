import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import type { AccountId, Region } from "../kernel/names.ts";
import { openTestIdentity, type TestIdentity } from "../testing/identity.ts";
import { createIdentity } from "./identity.ts";
import { rootOf } from "./principals.ts";

const HOUR_MS = 60 * 60 * 1000;
const region = "eu-west-1" as Region;
const root = rootOf("000000000000" as AccountId);

let at: TestIdentity;
before(async () => {
  at = await openTestIdentity();
});
after(() => at[Symbol.asyncDispose]());

const verdict = (password: string, identity = at.identity): Promise<string> =>
  identity.verifyToken(password).then(
    ({ principal, region }) => `${principal.arn} ${region}`,
    (error) => `${error.code}: ${error.message}`,
  );

const INVALID = "NotAuthorizedException: Your Authorization Token is invalid.";

test("a password carries its principal and region, and any process with the same root key can read it", async () => {
  const { password, expires_ms } = at.identity.issueToken(root, region);
  assert.equal(expires_ms, at.clock.now() + 12 * HOUR_MS);
  assert.equal(await verdict(password), "arn:aws:iam::000000000000:root eu-west-1");
  assert.equal(await verdict(password, createIdentity({ ...at, skew_s: 300 })), "arn:aws:iam::000000000000:root eu-west-1");
});

test("a password has no colon and no white space, and fits a header", () => {
  const { password } = at.identity.issueToken(root, region);
  assert.match(password, /^[A-Za-z0-9_-]{100,1500}$/);
});

test("a password dies after 12 hours, also in a process that has seen it before", async () => {
  await using other = await openTestIdentity();
  const { password } = other.identity.issueToken(root, region);
  other.clock.advance(12 * HOUR_MS - 1);
  assert.match(await verdict(password, other.identity), /^arn/);
  other.clock.advance(1);
  const expired = "ExpiredTokenException: Your authorization token has expired. Reauthenticate and try again.";
  assert.equal(await verdict(password, other.identity), expired);
});

test("a password dies with its account at once", async () => {
  await using other = await openTestIdentity();
  const { password } = other.identity.issueToken(root, region);
  assert.match(await verdict(password, other.identity), /^arn/);
  await other.removeAccount();
  assert.equal(await verdict(password, other.identity), INVALID);
});

test("a password of another installation is garbage", async () => {
  await using other = await openTestIdentity();
  assert.equal(await verdict(other.identity.issueToken(root, region).password), INVALID);
});

test("nothing that was made up or changed is accepted", async () => {
  const { password } = at.identity.issueToken(root, region);
  const changed = fc
    .nat(password.length - 1)
    .map((index) => `${password.slice(0, index)}${password[index] === "A" ? "B" : "A"}${password.slice(index + 1)}`);
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string(), fc.base64String(), changed), async (garbage) => {
      assert.equal(await verdict(garbage), INVALID);
    }),
  );
  for (const garbage of ["", `${password}=`, `${password} `, password.slice(1), "A".repeat(100_000)]) {
    assert.equal(await verdict(garbage), INVALID);
  }
});
