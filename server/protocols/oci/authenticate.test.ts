import assert from "node:assert/strict";
import { test } from "node:test";
import { rootOf } from "../../identity/principals.ts";
import type { AccountId, Region } from "../../kernel/names.ts";
import { openTestIdentity } from "../../testing/identity.ts";
import { createAuthenticate } from "./authenticate.ts";

const region = "eu-west-1" as Region;
const root = rootOf("000000000000" as AccountId);

function headerOf(password: string, user = "AWS"): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

test("a header that was good opens nothing once its account has gone", async () => {
  await using at = await openTestIdentity();
  const authenticate = createAuthenticate(at.identity);
  const header = headerOf(at.identity.issueToken(root, region).password);
  for (let time = 0; time < 3; time++) assert.deepEqual((await authenticate(header, region)).principal, root);
  await at.removeAccount();
  await assert.rejects(authenticate(header, region), { code: "NotAuthorizedException" });
});

test("a header that was good in its own region is refused in another, and after its time", async () => {
  await using at = await openTestIdentity();
  const authenticate = createAuthenticate(at.identity);
  const { password, expires_ms } = at.identity.issueToken(root, region);
  await authenticate(headerOf(password), region);
  await assert.rejects(authenticate(headerOf(password), "us-east-1" as Region), { code: "InvalidParameterException" });
  at.clock.advance(expires_ms - at.clock.now());
  await assert.rejects(authenticate(headerOf(password), region), { code: "ExpiredTokenException" });
});

test("another user's name, no header and garbage are refused, whoever came before", async () => {
  await using at = await openTestIdentity();
  const authenticate = createAuthenticate(at.identity);
  const { password } = at.identity.issueToken(root, region);
  await authenticate(headerOf(password), region);
  for (const header of [headerOf(password, "admin"), undefined, "", "Basic", headerOf("x"), `${headerOf(password)}!`])
    await assert.rejects(authenticate(header, region), { code: "NotAuthorizedException" });
});

test("who is known from memory comes with the moment at which that was so, and who had to be looked up does not", async () => {
  await using at = await openTestIdentity();
  const authenticate = createAuthenticate(at.identity);
  const header = headerOf(at.identity.issueToken(root, region).password);
  assert.equal((await authenticate(header, region)).moment, undefined);
  assert.notEqual((await authenticate(header, region)).moment, undefined);
  await at.setKeyStatus("Inactive");
  assert.equal((await authenticate(header, region)).moment, undefined);
});
