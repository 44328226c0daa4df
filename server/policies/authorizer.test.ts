import assert from "node:assert/strict";
import { after, test } from "node:test";
import fc from "fast-check";
import { type AccountId, type Arn, type RegistryId, repositoryArn } from "../kernel/names.ts";
import type { Ask } from "../kernel/operation.ts";
import { rootOf, testCall, testRegistry } from "../testing/call.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { openTestMetadata } from "../testing/metadata.ts";
import { policyOf } from "../testing/policies.ts";
import { createAuthorizer } from "./authorizer.ts";

const other: RegistryId = { ...testRegistry, account: "123456789012" as AccountId };
const metadata = await openTestMetadata();
const authorizer = createAuthorizer({ metadata, clock: fakeClock() });
after(() => metadata[Symbol.asyncDispose]());
const pull = (registry: RegistryId): Ask => ({ action: "ecr:BatchGetImage", resource: repositoryArn(registry, "app") });
const login: Ask = { action: "ecr:GetAuthorizationToken", resource: "*" };

test("the root user may do all in its own account", async () => {
  await authorizer.require(testCall(), [pull(testRegistry), login]);
});

test("nobody may do anything in another account, and is told so in AWS's words", async () => {
  const call = testCall({ registry: other, principal: rootOf("000000000000") });
  await assert.rejects(authorizer.require(call, [pull(other)]), {
    code: "AccessDeniedException",
    message:
      "User: arn:aws:iam::000000000000:root is not authorized to perform: ecr:BatchGetImage on resource: " +
      "arn:aws:ecr:us-east-1:123456789012:repository/app because no resource-based policy allows the ecr:BatchGetImage action",
  });
  await assert.rejects(authorizer.require(call, [login]), { code: "AccessDeniedException" });
});

test("an ARN of one account in a call to another is nobody's", async () => {
  const foreignArn = testCall();
  assert.equal((await authorizer.decide(foreignArn, pull(other))).allowed, false);
  const foreignCall = testCall({ registry: other, principal: rootOf("000000000000") });
  assert.equal((await authorizer.decide(foreignCall, pull(testRegistry))).allowed, false);
});

test("AWS's own policies are in every account", async () => {
  const ask = (resource: string): Ask => ({ action: "iam:GetPolicy", resource: resource as Arn });
  await authorizer.require(testCall(), [ask("arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly")]);
  for (const resource of ["arn:aws:iam::aws:role/a", "arn:aws:iam::123456789012:policy/a"]) {
    assert.equal((await authorizer.decide(testCall(), ask(resource))).allowed, false);
  }
});

test("all of the asks must be allowed, and there must be one", async () => {
  await assert.rejects(authorizer.require(testCall(), [pull(testRegistry), pull(other)]), { code: "AccessDeniedException" });
  await assert.rejects(authorizer.require(testCall(), []), { code: "AccessDeniedException" });
});

test("a resource that is no ARN of the account is never allowed", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), async (text) => {
      fc.pre(text !== "*");
      assert.equal((await authorizer.decide(testCall(), { action: "ecr:PutImage", resource: text as Arn })).allowed, false);
    }),
  );
});

test("who is of a closed account does nothing, and what it has is nobody's", async () => {
  const membership = { organisationId: "o-1", path: "o-1/r-1/", isManagementAccount: false, controls: undefined };
  const closed = createAuthorizer({
    metadata,
    clock: fakeClock(),
    membershipOf: async (_tx, account) => ({ ...membership, isClosed: account === other.account }),
  });
  const inClosed = testCall({ registry: other, principal: rootOf(other.account) });
  assert.deepEqual(
    [
      await closed.decide(inClosed, pull(other)),
      await closed.decide(inClosed, login),
      await closed.decide(testCall(), pull(testRegistry)),
    ].map((it) => it.allowed),
    [false, false, true],
  );
  const everybody = policyOf("resource", { Principal: "*" });
  const reaching = testCall({ registry: other, principal: rootOf(testRegistry.account) });
  assert.equal((await authorizer.decideWith(reaching, pull(other), everybody)).allowed, true);
  assert.equal((await closed.decideWith(reaching, pull(other), everybody)).allowed, false);
});
