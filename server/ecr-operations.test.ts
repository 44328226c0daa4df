import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestEcr } from "./testing/ecr.ts";

test("operations of all domains answer as ECR's model says", async () => {
  await using ecr = await openTestEcr();
  await ecr.call("CreateRepository", { repositoryName: "app", tags: [{ Key: "team", Value: "one" }] });
  const { repositories } = await ecr.call("DescribeRepositories");
  assert.deepEqual(
    repositories.map((it: { repositoryName: string }) => it.repositoryName),
    ["app"],
  );
  const [answer] = (await ecr.call("GetAuthorizationToken", { registryIds: ["000000000000"] })).authorizationData;
  assert.equal(answer.proxyEndpoint, "http://localhost:4510");
});
