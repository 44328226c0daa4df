import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccountId } from "../kernel/names.ts";
import { arnOf, openTestRepositories } from "../testing/repositories.ts";

const other = "111111111111" as AccountId;

test("a new repository has ECR's defaults, a URI on the host that the client reaches, and a time in seconds", async () => {
  await using it = await openTestRepositories();
  const { repository } = await it.run("CreateRepository", { repositoryName: "team/app" });
  assert.deepEqual(repository, {
    repositoryArn: arnOf("team/app"),
    registryId: "000000000000",
    repositoryName: "team/app",
    repositoryUri: "localhost:4510/team/app",
    createdAt: 1_700_000_000.123,
    imageTagMutability: "MUTABLE",
    imageScanningConfiguration: { scanOnPush: false },
    encryptionConfiguration: { encryptionType: "AES256" },
  });
  assert.deepEqual(await it.run("DescribeRepositories", { repositoryNames: ["team/app"] }), { repositories: [repository] });
});

test("what a repository is created with is what it is described with", async () => {
  await using it = await openTestRepositories();
  const filters = [{ filterType: "WILDCARD", filter: "dev-*" }];
  const { repository } = await it.run("CreateRepository", {
    repositoryName: "app",
    imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
    imageTagMutabilityExclusionFilters: filters,
    imageScanningConfiguration: { scanOnPush: true },
    encryptionConfiguration: { encryptionType: "KMS" },
    tags: [
      { Key: "b", Value: "2" },
      { Key: "a", Value: "" },
    ],
  });
  assert.deepEqual(repository["imageTagMutabilityExclusionFilters"], filters);
  assert.deepEqual(repository["imageScanningConfiguration"], { scanOnPush: true });
  assert.deepEqual(repository["encryptionConfiguration"], {
    encryptionType: "KMS",
    kmsKey: "arn:aws:kms:us-east-1:000000000000:alias/aws/ecr",
  });
  assert.deepEqual((await it.run("DescribeRepositories", {})).repositories, [repository]);
  const { tags } = await it.run("ListTagsForResource", { resourceArn: arnOf("app") });
  assert.deepEqual(tags, [
    { Key: "a", Value: "" },
    { Key: "b", Value: "2" },
  ]);
});

test("a name that is taken or breaks ECR's pattern is refused", async () => {
  await using it = await openTestRepositories();
  await it.run("CreateRepository", { repositoryName: "app" });
  await assert.rejects(it.run("CreateRepository", { repositoryName: "app" }), {
    code: "RepositoryAlreadyExistsException",
    message: "The repository with name 'app' already exists in the registry with id '000000000000'",
  });
  for (const repositoryName of ["App", "a", "a//b", "-a", "a-", "a".repeat(257)]) {
    await assert.rejects(it.run("CreateRepository", { repositoryName }), { code: "InvalidParameterException" }, repositoryName);
  }
});

test("of many who create the same repository at once, one does", async () => {
  await using it = await openTestRepositories();
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, () => it.run("CreateRepository", { repositoryName: "app" })),
  );
  assert.equal(results.filter((result) => result.status === "fulfilled").length, 1);
});

test("a KMS key is given in any of its forms, answered as an ARN, and refused where it would not be used", async () => {
  await using it = await openTestRepositories();
  const id = "12345678-1234-1234-1234-123456789012";
  const arnOf = (resource: string) => `arn:aws:kms:us-east-1:000000000000:${resource}`;
  for (const [at, [kmsKey, expected]] of [
    [id, arnOf(`key/${id}`)],
    ["mrk-12345678901234567890123456789012", arnOf("key/mrk-12345678901234567890123456789012")],
    ["alias/mine", arnOf("alias/mine")],
    [arnOf("alias/mine"), arnOf("alias/mine")],
    [`arn:aws:kms:us-east-1:111111111111:key/${id}`, `arn:aws:kms:us-east-1:111111111111:key/${id}`],
  ].entries()) {
    for (const encryptionType of ["KMS", "KMS_DSSE"]) {
      const repositoryName = `${encryptionType.toLowerCase()}-${at}`;
      const { repository } = await it.run("CreateRepository", {
        repositoryName,
        encryptionConfiguration: { encryptionType, kmsKey },
      });
      assert.deepEqual(repository["encryptionConfiguration"], { encryptionType, kmsKey: expected });
    }
  }
  const useless = { repositoryName: "app", encryptionConfiguration: { encryptionType: "AES256", kmsKey: "alias/mine" } };
  await assert.rejects(it.run("CreateRepository", useless), {
    code: "InvalidParameterException",
    message:
      "Invalid parameter at 'encryptionConfiguration' failed to satisfy constraint: 'Invalid encryption configuration: Encryption key should not be set for AES256 encryption.'",
  });
});

test("what is no key of the repository's region is refused as KMS refuses it", async () => {
  await using it = await openTestRepositories();
  const elsewhere = "arn:aws:kms:eu-west-1:000000000000:alias/mine";
  for (const kmsKey of ["mine", "alias/", elsewhere, "arn:aws:s3:us-east-1:000000000000:key/1"]) {
    const message = kmsKey === elsewhere ? "Invalid arn eu-west-1" : `Invalid keyId '${kmsKey}'`;
    await assert.rejects(
      it.run("CreateRepository", { repositoryName: "app", encryptionConfiguration: { encryptionType: "KMS", kmsKey } }),
      { code: "KmsException", message, detail: { kmsError: "NotFoundException" } },
    );
  }
  assert.deepEqual((await it.run("DescribeRepositories", {})).repositories, []);
});

test("a registry takes as many repositories as it may have, whoever races, and another one has room of its own", async () => {
  await using it = await openTestRepositories({ repositoriesMax: 3 });
  const create = (repositoryName: string, registryId?: string) => it.run("CreateRepository", { repositoryName, registryId });
  const results = await Promise.allSettled(Array.from({ length: 8 }, (_, at) => create(`app-${at}`)));
  assert.equal(results.filter((result) => result.status === "fulfilled").length, 3);
  assert.equal((await it.run("DescribeRepositories", {})).repositories.length, 3);
  await assert.rejects(create("one-more"), {
    code: "LimitExceededException",
    message: "The registry with id '000000000000' already has the maximum allowed number of repositories which is '3'",
  });
  const [first] = (await it.run("DescribeRepositories", {})).repositories;
  const repositoryName = first?.repositoryName ?? "";
  await assert.rejects(create(repositoryName), { code: "RepositoryAlreadyExistsException" });
  await create("one-more", other);
  await it.run("DeleteRepository", { repositoryName });
  await create("one-more");
});
