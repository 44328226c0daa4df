import assert from "node:assert/strict";
import { test } from "node:test";
import type { RepositoryRow } from "../../platform/metadata/schema.ts";
import { repositoryName, testRegistry } from "../../testing/call.ts";
import { openTestEcr, type TestEcr } from "../../testing/ecr.ts";
import { readRepositoryDocument } from "../documents.ts";
import { findOrCreateRepository } from "./find-or-create-repository.ts";
import type { Purpose } from "./template.ts";

const role = "arn:aws:iam::000000000000:role/templates";
const kms = { encryptionType: "KMS", kmsKey: "arn:aws:kms:us-east-1:123456789012:key/0a-1b" };

const add = (ecr: TestEcr, prefix: string, input: object = {}) =>
  ecr.call("CreateRepositoryCreationTemplate", { prefix, appliedFor: ["CREATE_ON_PUSH"], ...input });

const reach = (ecr: TestEcr, name: string, purpose: Purpose = "CREATE_ON_PUSH"): Promise<RepositoryRow> =>
  ecr.metadata.write(testRegistry, (tx) =>
    findOrCreateRepository(tx, repositoryName(name), {
      purpose,
      now_ms: ecr.clock.now(),
      repositoriesMax: Number.POSITIVE_INFINITY,
    }),
  );

const notFound = (name: string) => ({
  code: "RepositoryNotFoundException",
  message: `The repository with name '${name}' does not exist in the registry with id '000000000000'`,
});

test("a repository gets all that its template has, at once", async () => {
  await using ecr = await openTestEcr();
  const tags = [{ Key: "team", Value: "blue" }];
  const filters = [{ filterType: "WILDCARD", filter: "dev-*" }];
  await add(ecr, "prod", {
    resourceTags: tags,
    customRoleArn: role,
    encryptionConfiguration: kms,
    imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
    imageTagMutabilityExclusionFilters: filters,
    repositoryPolicy: '{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"ecr:ListImages"}]}',
    lifecyclePolicy:
      '{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}}]}',
  });
  const { id } = await reach(ecr, "prod/app");
  const [repository] = (await ecr.call("DescribeRepositories")).repositories;
  assert.equal(repository.repositoryName, "prod/app");
  assert.equal(repository.imageTagMutability, "IMMUTABLE_WITH_EXCLUSION");
  assert.deepEqual(repository.imageTagMutabilityExclusionFilters, filters);
  assert.deepEqual(repository.encryptionConfiguration, kms);
  assert.deepEqual((await ecr.call("ListTagsForResource", { resourceArn: repository.repositoryArn })).tags, tags);
  const documents = await ecr.metadata.read(testRegistry, async (tx) => [
    (await readRepositoryDocument(tx, id, "policy"))?.text.includes("ecr:ListImages"),
    (await readRepositoryDocument(tx, id, "lifecycle"))?.text.includes("imageCountMoreThan"),
  ]);
  assert.deepEqual(documents, [true, true]);
});

test("the longest prefix wins, a prefix ends at a slash, and ROOT is for all the others", async () => {
  await using ecr = await openTestEcr();
  const encryptionConfiguration = { encryptionType: "KMS" };
  const setting = async (name: string) => {
    const row = await reach(ecr, name);
    return `${row.tag_mutability} ${row.encryption_type}`;
  };
  await add(ecr, "prod/team", { imageTagMutability: "IMMUTABLE", encryptionConfiguration, customRoleArn: role });
  await add(ecr, "prod/", { imageTagMutability: "IMMUTABLE" });
  await assert.rejects(reach(ecr, "other"), notFound("other"));
  await add(ecr, "ROOT");
  assert.equal(await setting("prod/team/app/x"), "IMMUTABLE KMS");
  assert.equal(await setting("prod/team"), "IMMUTABLE AES256");
  assert.equal(await setting("prod/teams/app"), "IMMUTABLE AES256");
  assert.equal(await setting("prod"), "MUTABLE AES256");
  assert.equal(await setting("production/app"), "MUTABLE AES256");
});

test("a template is only for its purposes: a shorter one that is for it is taken before none", async () => {
  await using ecr = await openTestEcr();
  await add(ecr, "prod", { appliedFor: ["REPLICATION"], imageTagMutability: "IMMUTABLE" });
  await assert.rejects(reach(ecr, "prod/app"), notFound("prod/app"));
  assert.equal((await reach(ecr, "prod/replica", "REPLICATION")).tag_mutability, "IMMUTABLE");
  assert.equal((await reach(ecr, "prod/cached", "PULL_THROUGH_CACHE")).tag_mutability, "MUTABLE");
  await add(ecr, "ROOT");
  assert.equal((await reach(ecr, "prod/app")).tag_mutability, "MUTABLE");
});

test("tags and keys need a role, without which there is no repository", async () => {
  await using ecr = await openTestEcr();
  const appliedFor = ["CREATE_ON_PUSH", "REPLICATION"];
  await add(ecr, "tags", { resourceTags: [{ Key: "a", Value: "" }], appliedFor });
  await add(ecr, "keys", { encryptionConfiguration: kms, appliedFor });
  for (const name of ["tags/app", "keys/app"]) {
    await assert.rejects(reach(ecr, name), notFound(name));
    await assert.rejects(reach(ecr, name, "REPLICATION"), notFound(name));
  }
});

test("a repository that is there is found as it is, whoever was first", async () => {
  await using ecr = await openTestEcr();
  await add(ecr, "ROOT", { imageTagMutability: "IMMUTABLE" });
  await ecr.call("CreateRepository", { repositoryName: "app" });
  assert.equal((await reach(ecr, "app")).tag_mutability, "MUTABLE");
  const rows = await Promise.all(Array.from({ length: 8 }, () => reach(ecr, "new")));
  assert.equal(new Set(rows.map((it) => it.id)).size, 1);
});
