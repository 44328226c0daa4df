import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccountId, Region } from "../kernel/names.ts";
import { testCall, testRegistry } from "../testing/call.ts";
import { arnOf, openTestRepositories } from "../testing/repositories.ts";
import { listRepositoryNames } from "./list-repositories.ts";

const other = "111111111111" as AccountId;

test("naming a repository that is not there fails, whatever else is named", async () => {
  await using it = await openTestRepositories();
  await it.run("CreateRepository", { repositoryName: "app" });
  await assert.rejects(it.run("DescribeRepositories", { repositoryNames: ["app", "gone"] }), {
    code: "RepositoryNotFoundException",
    message: "The repository with name 'gone' does not exist in the registry with id '000000000000'",
  });
  await assert.rejects(it.run("DescribeRepositories", { repositoryNames: ["app"], maxResults: 1 }), {
    code: "InvalidParameterException",
  });
  await assert.rejects(it.run("DescribeRepositories", { maxResults: 1001 }), {
    message:
      "Invalid parameter at 'maxResults' failed to satisfy constraint: 'Member must have value less than or equal to 1000'",
  });
});

test("pages follow each other by name, and a token belongs to its registry", async () => {
  await using it = await openTestRepositories();
  for (const repositoryName of ["bb", "a0", "a/b", "a-b"]) await it.run("CreateRepository", { repositoryName });
  const first = await it.run("DescribeRepositories", { maxResults: 3 });
  assert.deepEqual(
    first.repositories.map((one) => one.repositoryName),
    ["a-b", "a/b", "a0"],
  );
  const last = await it.run("DescribeRepositories", { maxResults: 3, nextToken: first.nextToken });
  assert.deepEqual(
    last.repositories.map((one) => one.repositoryName),
    ["bb"],
  );
  assert.equal(last.nextToken, undefined);
  const elsewhere = it.run("DescribeRepositories", { registryId: other, nextToken: first.nextToken });
  await assert.rejects(elsewhere, { code: "InvalidParameterException" });
  const names = await listRepositoryNames(it.deps, testRegistry, { after: "a-b", size: 2 });
  assert.deepEqual(names, { items: ["a/b", "a0"], next: "a0" });
});

test("a registry sees its own repositories only: by account, by region, by id and by ARN", async () => {
  await using it = await openTestRepositories();
  await it.run("CreateRepository", { repositoryName: "app" });
  const abroad = testCall({ registry: { ...testRegistry, region: "eu-west-1" as Region } });
  assert.deepEqual((await it.run("DescribeRepositories", {}, abroad)).repositories, []);
  assert.deepEqual((await it.run("DescribeRepositories", { registryId: other })).repositories, []);

  const theirs = await it.run("CreateRepository", { repositoryName: "app", registryId: other });
  assert.equal(theirs.repository["repositoryArn"], arnOf("app", other));
  await it.run("TagResource", { resourceArn: arnOf("app", other), tags: [{ Key: "owner", Value: "them" }] });
  assert.deepEqual((await it.run("ListTagsForResource", { resourceArn: arnOf("app") })).tags, []);
  assert.equal((await it.run("ListTagsForResource", { resourceArn: arnOf("app", other) })).tags.length, 1);
});

test("the question that is asked names the registry that is acted on", async () => {
  await using it = await openTestRepositories();
  assert.deepEqual(it.asks("DeleteRepository", { repositoryName: "app", registryId: other }), [
    { action: "ecr:DeleteRepository", resource: arnOf("app", other) },
  ]);
  assert.deepEqual(it.asks("UntagResource", { resourceArn: arnOf("app", other), tagKeys: [] }), [
    { action: "ecr:UntagResource", resource: arnOf("app", other) },
  ]);
  assert.deepEqual(it.asks("DescribeRepositories", {}), [{ action: "ecr:DescribeRepositories", resource: arnOf("*") }]);
  assert.deepEqual(
    it.asks("DescribeRepositories", { repositoryNames: ["aa", "bb"] }).map((ask) => ask.resource),
    [arnOf("aa"), arnOf("bb")],
  );
  const tagged = it.asks("CreateRepository", { repositoryName: "app", tags: [{ Key: "a", Value: "b" }] });
  assert.deepEqual(
    tagged.map((ask) => ask.action),
    ["ecr:CreateRepository", "ecr:TagResource"],
  );
});

test("an ARN that is not a repository's, or is of another region, is no ARN here", async () => {
  await using it = await openTestRepositories();
  await it.run("CreateRepository", { repositoryName: "app" });
  for (const resourceArn of [
    "app",
    "",
    arnOf("app", "000000000000", "eu-west-1"),
    "arn:aws:s3:us-east-1:000000000000:repository/app",
  ]) {
    await assert.rejects(it.run("ListTagsForResource", { resourceArn }), {
      message: "Invalid parameter at 'resourceArn' failed to satisfy constraint: 'Invalid ARN'",
    });
  }
});

test("the mutability of tags can be changed", async () => {
  await using it = await openTestRepositories();
  await it.run("CreateRepository", { repositoryName: "app" });
  const imageTagMutabilityExclusionFilters = [{ filterType: "WILDCARD", filter: "v*" }];
  const change = { repositoryName: "app", imageTagMutability: "MUTABLE_WITH_EXCLUSION", imageTagMutabilityExclusionFilters };
  assert.deepEqual(await it.run("PutImageTagMutability", change), { registryId: "000000000000", ...change });
  const described = (await it.run("DescribeRepositories", {})).repositories[0]!;
  assert.deepEqual(described["imageTagMutabilityExclusionFilters"], imageTagMutabilityExclusionFilters);
  await assert.rejects(
    it.run("PutImageTagMutability", {
      ...change,
      imageTagMutabilityExclusionFilters: [{ filterType: "WILDCARD", filter: "*a*b*" }],
    }),
    { code: "InvalidParameterException" },
  );
  await assert.rejects(it.run("PutImageTagMutability", { ...change, repositoryName: "gone" }), {
    code: "RepositoryNotFoundException",
  });
  await it.run("PutImageTagMutability", { repositoryName: "app", imageTagMutability: "IMMUTABLE" });
  assert.equal((await it.run("DescribeRepositories", {})).repositories[0]!["imageTagMutabilityExclusionFilters"], undefined);
  await assert.rejects(it.run("PutImageTagMutability", { repositoryName: "app", imageTagMutability: "SOMETIMES" }), {
    message:
      "Invalid parameter at 'imageTagMutability' failed to satisfy constraint: 'Member must satisfy enum value set: [IMMUTABLE, MUTABLE, MUTABLE_WITH_EXCLUSION, IMMUTABLE_WITH_EXCLUSION]'",
  });
});
