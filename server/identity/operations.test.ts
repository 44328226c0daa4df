import assert from "node:assert/strict";
import { test } from "node:test";
import type { Operation } from "../kernel/operation.ts";
import { read } from "../kernel/shape.ts";
import { testCall } from "../testing/call.ts";
import { openTestIdentity } from "../testing/identity.ts";
import { authorizationTokenOperations } from "./operations.ts";

function named(operations: readonly Operation[], name: string): Operation {
  const found = operations.find((it) => it.name === name);
  assert.ok(found !== undefined);
  return found;
}

const naming = {
  registryHost: () => "",
  registryUrl: ({ account, region }: { account: string; region: string }) => `https://${account}.dkr.ecr.${region}.localhost`,
};

interface Tokens {
  readonly authorizationData: readonly { authorizationToken: string; expiresAt: number; proxyEndpoint: string }[];
}

test("GetAuthorizationToken gives a password for docker that names the caller's registry", async () => {
  await using at = await openTestIdentity();
  const { handle, input } = named(authorizationTokenOperations(at), "GetAuthorizationToken");
  const answer = (await handle(testCall({ naming }), read(input, {}) as never)) as Tokens;
  const [data, ...more] = answer.authorizationData;
  assert.ok(data !== undefined);
  assert.equal(more.length, 0);
  assert.equal(data.proxyEndpoint, "https://000000000000.dkr.ecr.us-east-1.localhost");
  assert.equal(data.expiresAt, at.clock.now() / 1000 + 12 * 60 * 60);
  const [username, password, ...rest] = Buffer.from(data.authorizationToken, "base64").toString().split(":");
  assert.equal(username, "AWS");
  assert.equal(rest.length, 0);
  assert.equal((await at.identity.verifyToken(password ?? "")).principal.account, "000000000000");
});

test("GetAuthorizationToken answers with one entry for each registry that is asked for", async () => {
  await using at = await openTestIdentity();
  const { handle, input, asks } = named(authorizationTokenOperations(at), "GetAuthorizationToken");
  const registryIds = ["123456789012", "210987654321"];
  const answer = (await handle(testCall({ naming }), read(input, { registryIds }) as never)) as Tokens;
  assert.deepEqual(
    answer.authorizationData.map((it) => it.proxyEndpoint),
    registryIds.map((it) => `https://${it}.dkr.ecr.us-east-1.localhost`),
  );
  assert.ok(asks !== "none");
  assert.deepEqual(asks({} as never, testCall()), [{ action: "ecr:GetAuthorizationToken", resource: "*" }]);
});

test("registryIds has one to ten ids of twelve digits", () => {
  const { input } = named(authorizationTokenOperations({ identity: {} as never }), "GetAuthorizationToken");
  for (const registryIds of [[], ["1"], Array(11).fill("123456789012")]) {
    assert.throws(() => read(input, { registryIds }), { code: "InvalidParameterException" });
  }
});
